//! Asks pkg-config where the library is: set PKG_CONFIG_PATH where it is not installed in a usual place.

use std::process::Command;

fn main() {
    let found = Command::new("pkg-config")
        .args(["--libs-only-L", "--libs-only-l", "elastiroll-c"])
        .output()
        .expect("pkg-config cannot be run");
    assert!(
        found.status.success(),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    for flag in String::from_utf8_lossy(&found.stdout).split_whitespace() {
        if let Some(folder) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(name) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={name}");
        }
    }
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
}
