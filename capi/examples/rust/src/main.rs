//! Deploys from Rust with the blocking functions.
//!
//!     deploy SPEC WORKFLOW [STEP]
//!
//! Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks better
//! of it at that step: everything is put back. ELASTIROLL_SIM_URL is an `elastiroll sim` to deploy to;
//! without it real accounts are, with the credentials that Spot's and AWS's own tools would take. Exits as
//! the command does.

mod elastiroll;

use elastiroll::{Client, Control, Deployment, Plan, Spec, Store};
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

const ACTOR: &str = "deploy.rs";
const REFUSED: i32 = 2;
const SIGINT: i32 = 2;

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn on_signal(_: i32) {
    IS_INTERRUPTED.store(true, Ordering::Relaxed);
}
extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

/// Stops the deployment at Ctrl-C, from a thread: no function of the library may be called in a signal
/// handler.
fn watch_for_interrupt(control: Arc<Control>) {
    unsafe { signal(SIGINT, on_signal) };
    std::thread::spawn(move || loop {
        if IS_INTERRUPTED.load(Ordering::Relaxed) {
            eprintln!("stopping after the current call");
            return control.interrupt();
        }
        std::thread::sleep(Duration::from_millis(100));
    });
}

fn deploy(path: &str, workflow: &str, step: Option<&str>) -> Result<i32, Box<dyn Error>> {
    let spec = Spec::new(&std::fs::read(path)?, workflow)?;
    let sim_url = std::env::var("ELASTIROLL_SIM_URL").ok();
    let client = Client::new(sim_url.as_deref())?;
    let state = std::env::var("ELASTIROLL_STATE").unwrap_or("elastiroll.db".into());
    let store = Store::open(&state)?;
    let plan = Plan::of(&client, &store, &spec)?;
    println!("{}", plan.to_text()?);

    let control = Arc::new(Control::new()?);
    watch_for_interrupt(control.clone());
    let mut began_ms = None;
    let outcome = Deployment {
        client: &client,
        store: &store,
        spec: &spec,
        plan: &plan,
        control: &control,
        actor: ACTOR,
        reason: "an example",
    }
    .run(|event| {
        let began_ms = *began_ms.get_or_insert(event.at_ms);
        if event.kind != elastiroll::EVENT_PROGRESS {
            println!("{:5} s  {}", (event.at_ms - began_ms) / 1000, event.text);
        }
        if event.kind == elastiroll::EVENT_STEP_STARTED && Some(event.step.as_str()) == step {
            if let Err(error) = control.abort(ACTOR, "on second thoughts") {
                eprintln!("{error}");
            }
        }
    })?;
    println!("{}: {}", outcome.deployment, outcome.kind);
    if let Some(error) = outcome.error {
        println!("  {error}");
    }
    Ok(outcome.exit_status)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if !(3..=4).contains(&arguments.len()) {
        eprintln!("usage: {} SPEC WORKFLOW [STEP]", arguments[0]);
        std::process::exit(REFUSED);
    }
    let step = arguments.get(3).map(String::as_str);
    let status = deploy(&arguments[1], &arguments[2], step).unwrap_or_else(|error| {
        eprintln!("{}: {error}", arguments[1]);
        match error.downcast_ref::<elastiroll::Error>() {
            Some(failure) if failure.status == "lock_held" => 4,
            _ => REFUSED,
        }
    });
    std::process::exit(status);
}
