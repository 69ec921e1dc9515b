//! A safe wrapper of the blocking functions of elastiroll.h.

use std::ffi::{c_char, c_void, CStr, CString};
use std::fmt;
use std::marker::{PhantomData, PhantomPinned};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};

mod c {
    use super::*;

    macro_rules! handles {
        ($($name:ident),*) => { $(
            #[repr(C)]
            pub struct $name {
                _data: [u8; 0],
                _marker: PhantomData<(*mut u8, PhantomPinned)>,
            }
        )* };
    }
    handles!(Error, Spec, Plan, Client, Store, Control, Outcome);

    #[repr(C)]
    pub struct SpecOptions {
        pub struct_size: usize,
        pub workflow: *const c_char,
        pub image: *const c_char,
        pub previous: *const c_char,
        pub production_target_group: *const c_char,
        pub variables: *const c_void,
        pub variable_count: usize,
        pub files: *const c_void,
        pub file_count: usize,
        pub force: i32,
        pub reserved: i32,
    }

    #[repr(C)]
    pub struct ClientOptions {
        pub struct_size: usize,
        pub cloud: *mut c_void,
        pub sim_url: *const c_char,
        pub spot_token: *const c_char,
        pub spot_base_url: *const c_char,
        pub aws_access_key_id: *const c_char,
        pub aws_secret_access_key: *const c_char,
        pub aws_session_token: *const c_char,
        pub aws_endpoint_url: *const c_char,
        pub uses_environment: i32,
        pub reserved: i32,
        pub credentials: *const c_void,
        pub credentials_data: *mut c_void,
        pub credentials_data_free: *const c_void,
        pub ca_bundle: *const c_char,
        pub https_proxy: *const c_char,
        pub http_proxy: *const c_char,
        pub no_proxy: *const c_char,
        pub user_agent: *const c_char,
    }

    #[repr(C)]
    pub struct Event {
        pub struct_size: usize,
        pub at_ms: i64,
        pub deployment: *const c_char,
        pub name: *const c_char,
        pub step: *const c_char,
        pub text: *const c_char,
        pub json: *const c_char,
        pub json_size: usize,
        pub kind: i32,
        pub reserved: i32,
    }

    #[repr(C)]
    pub struct RunOptions {
        pub struct_size: usize,
        pub deployment: *const c_char,
        pub actor: *const c_char,
        pub reason: *const c_char,
        pub plan: *const Plan,
        pub control: *mut Control,
        pub observer: Option<unsafe extern "C" fn(*const Event, *mut c_void)>,
        pub observer_data: *mut c_void,
        pub observer_data_free: *const c_void,
        pub log: *const c_void,
        pub log_data: *mut c_void,
        pub log_data_free: *const c_void,
        pub detaches: i32,
        pub accepts_drift: i32,
        pub takes_over: i32,
        pub reserved: i32,
    }

    extern "C" {
        pub fn elr_status_name(status: i32) -> *const c_char;
        pub fn elr_error_text(error: *const Error) -> *const c_char;
        pub fn elr_error_free(error: *mut Error);
        pub fn elr_string_free(text: *mut c_char);
        pub fn elr_spec_new(
            json: *const c_char,
            size: usize,
            options: *const SpecOptions,
            spec: *mut *mut Spec,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_spec_free(spec: *mut Spec);
        pub fn elr_client_new(
            options: *const ClientOptions,
            client: *mut *mut Client,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_client_free(client: *mut Client);
        pub fn elr_store_open(
            path: *const c_char,
            store: *mut *mut Store,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_store_free(store: *mut Store);
        pub fn elr_plan_deployment(
            client: *const Client,
            store: *mut Store,
            spec: *const Spec,
            plan: *mut *mut Plan,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_plan_to_text(
            plan: *const Plan,
            columns: i32,
            text: *mut *mut c_char,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_plan_free(plan: *mut Plan);
        pub fn elr_control_new(control: *mut *mut Control, error: *mut *mut Error) -> i32;
        pub fn elr_control_interrupt(control: *mut Control, error: *mut *mut Error) -> i32;
        pub fn elr_control_abort(
            control: *mut Control,
            actor: *const c_char,
            reason: *const c_char,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_control_free(control: *mut Control);
        pub fn elr_deploy(
            client: *const Client,
            store: *mut Store,
            spec: *const Spec,
            options: *const RunOptions,
            outcome: *mut *mut Outcome,
            error: *mut *mut Error,
        ) -> i32;
        pub fn elr_outcome_kind(outcome: *const Outcome) -> i32;
        pub fn elr_outcome_kind_name(kind: i32) -> *const c_char;
        pub fn elr_outcome_exit_status(outcome: *const Outcome) -> i32;
        pub fn elr_outcome_deployment(outcome: *const Outcome) -> *const c_char;
        pub fn elr_outcome_error(outcome: *const Outcome) -> *const Error;
        pub fn elr_outcome_free(outcome: *mut Outcome);
    }
}

/// A failure as the library tells it.
#[derive(Debug, Clone)]
pub struct Error {
    /// `lock_held`
    pub status: String,
    pub text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.text)
    }
}
impl std::error::Error for Error {}

/// # Safety
/// `text` is NULL or ends in NUL.
unsafe fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    CStr::from_ptr(text).to_string_lossy().into_owned()
}

/// Text for C. What has a NUL in it ends there.
fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).expect("there is no NUL before the end")
}

fn take(status: i32, error: *mut c::Error) -> Result<(), Error> {
    if status == 0 {
        return Ok(());
    }
    // The error is ours until it is freed, and the status's name is static.
    unsafe {
        let taken = Error {
            status: text_of(c::elr_status_name(status)),
            text: text_of(c::elr_error_text(error)),
        };
        c::elr_error_free(error);
        Err(taken)
    }
}

macro_rules! owners {
    ($($(#[$doc:meta])* $name:ident, $free:ident;)*) => { $(
        $(#[$doc])*
        pub struct $name(NonNull<c::$name>);
        impl Drop for $name {
            fn drop(&mut self) {
                unsafe { c::$free(self.0.as_ptr()) }
            }
        }
        // The library lets any thread use these handles.
        unsafe impl Send for $name {}
        unsafe impl Sync for $name {}
        impl $name {
            fn make(begin: impl FnOnce(*mut *mut c::$name, *mut *mut c::Error) -> i32) -> Result<Self, Error> {
                let (mut handle, mut error) = (ptr::null_mut(), ptr::null_mut());
                take(begin(&mut handle, &mut error), error)?;
                Ok(Self(NonNull::new(handle).expect("a success gives a handle")))
            }
        }
    )* };
}
owners! {
    /// One workflow of a spec document.
    Spec, elr_spec_free;
    /// How Spot and AWS are reached.
    Client, elr_client_free;
    /// Where journals live.
    Store, elr_store_free;
    /// What a deployment would do.
    Plan, elr_plan_free;
    /// Acts on a running deployment, from any thread.
    Control, elr_control_free;
}

impl Spec {
    pub fn new(json: &[u8], workflow: &str) -> Result<Self, Error> {
        let workflow = c_text(workflow);
        let options = c::SpecOptions {
            struct_size: std::mem::size_of::<c::SpecOptions>(),
            workflow: workflow.as_ptr(),
            image: ptr::null(),
            previous: ptr::null(),
            production_target_group: ptr::null(),
            variables: ptr::null(),
            variable_count: 0,
            files: ptr::null(),
            file_count: 0,
            force: 0,
            reserved: 0,
        };
        Self::make(|out, error| unsafe {
            c::elr_spec_new(json.as_ptr().cast(), json.len(), &options, out, error)
        })
    }
}

impl Client {
    /// Deploys to the `elastiroll sim` at `sim_url`; without it, to real accounts.
    pub fn new(sim_url: Option<&str>) -> Result<Self, Error> {
        let url = c_text(sim_url.unwrap_or(""));
        let none = ptr::null();
        let options = c::ClientOptions {
            struct_size: std::mem::size_of::<c::ClientOptions>(),
            cloud: ptr::null_mut(),
            sim_url: url.as_ptr(),
            spot_token: none,
            spot_base_url: none,
            aws_access_key_id: none,
            aws_secret_access_key: none,
            aws_session_token: none,
            aws_endpoint_url: none,
            uses_environment: sim_url.is_none().into(),
            reserved: 0,
            credentials: ptr::null(),
            credentials_data: ptr::null_mut(),
            credentials_data_free: ptr::null(),
            ca_bundle: none,
            https_proxy: none,
            http_proxy: none,
            no_proxy: none,
            user_agent: none,
        };
        Self::make(|out, error| unsafe { c::elr_client_new(&options, out, error) })
    }
}

impl Store {
    pub fn open(path: &str) -> Result<Self, Error> {
        let path = c_text(path);
        Self::make(|out, error| unsafe { c::elr_store_open(path.as_ptr(), out, error) })
    }
}

impl Plan {
    /// Observes and plans, and changes nothing.
    pub fn of(client: &Client, store: &Store, spec: &Spec) -> Result<Self, Error> {
        Self::make(|out, error| unsafe {
            c::elr_plan_deployment(
                client.0.as_ptr(),
                store.0.as_ptr(),
                spec.0.as_ptr(),
                out,
                error,
            )
        })
    }

    pub fn to_text(&self) -> Result<String, Error> {
        let (mut text, mut error) = (ptr::null_mut(), ptr::null_mut());
        // The text is ours until it is freed.
        unsafe {
            take(
                c::elr_plan_to_text(self.0.as_ptr(), 0, &mut text, &mut error),
                error,
            )?;
            let copy = text_of(text);
            c::elr_string_free(text);
            Ok(copy)
        }
    }
}

impl Control {
    pub fn new() -> Result<Self, Error> {
        Self::make(|out, error| unsafe { c::elr_control_new(out, error) })
    }
    /// The deployment stops after its current call; what was begun can be resumed then.
    pub fn interrupt(&self) {
        unsafe { c::elr_control_interrupt(self.0.as_ptr(), ptr::null_mut()) };
    }
    /// The deployment ends; what it has changed is put back.
    pub fn abort(&self, actor: &str, reason: &str) -> Result<(), Error> {
        let (actor, reason) = (c_text(actor), c_text(reason));
        let mut error = ptr::null_mut();
        let status = unsafe {
            c::elr_control_abort(self.0.as_ptr(), actor.as_ptr(), reason.as_ptr(), &mut error)
        };
        take(status, error)
    }
}

pub const EVENT_STEP_STARTED: i32 = 2;
pub const EVENT_PROGRESS: i32 = 5;

/// Something that happens in a deployment.
pub struct Event {
    pub at_ms: i64,
    pub kind: i32,
    pub step: String,
    pub text: String,
}

/// How a deployment ended.
pub struct Outcome {
    pub deployment: String,
    /// `rolled_back`
    pub kind: String,
    pub exit_status: i32,
    pub error: Option<String>,
}

/// Which deployment to run, and on what.
pub struct Deployment<'a> {
    pub client: &'a Client,
    pub store: &'a Store,
    pub spec: &'a Spec,
    /// Where it is no longer what would be done, nothing is.
    pub plan: &'a Plan,
    pub control: &'a Control,
    pub actor: &'a str,
    pub reason: &'a str,
}

unsafe extern "C" fn hear<F: FnMut(Event)>(event: *const c::Event, user_data: *mut c_void) {
    let event = &*event;
    let told = Event {
        at_ms: event.at_ms,
        kind: event.kind,
        step: text_of(event.step),
        text: text_of(event.text),
    };
    // A panic must not pass through C.
    if catch_unwind(AssertUnwindSafe(|| (*user_data.cast::<F>())(told))).is_err() {
        std::process::abort();
    }
}

impl Deployment<'_> {
    /// Runs to the end. `on_event` is called on this thread.
    pub fn run<F: FnMut(Event)>(&self, mut on_event: F) -> Result<Outcome, Error> {
        let (actor, reason) = (c_text(self.actor), c_text(self.reason));
        let options = c::RunOptions {
            struct_size: std::mem::size_of::<c::RunOptions>(),
            deployment: ptr::null(),
            actor: actor.as_ptr(),
            reason: reason.as_ptr(),
            plan: self.plan.0.as_ptr(),
            control: self.control.0.as_ptr(),
            observer: Some(hear::<F>),
            observer_data: (&mut on_event as *mut F).cast(),
            observer_data_free: ptr::null(),
            log: ptr::null(),
            log_data: ptr::null_mut(),
            log_data_free: ptr::null(),
            detaches: 0,
            accepts_drift: 0,
            takes_over: 0,
            reserved: 0,
        };
        let (mut outcome, mut error) = (ptr::null_mut(), ptr::null_mut());
        // The outcome is ours until it is freed.
        unsafe {
            let status = c::elr_deploy(
                self.client.0.as_ptr(),
                self.store.0.as_ptr(),
                self.spec.0.as_ptr(),
                &options,
                &mut outcome,
                &mut error,
            );
            take(status, error)?;
            let why = c::elr_outcome_error(outcome);
            let told = Outcome {
                deployment: text_of(c::elr_outcome_deployment(outcome)),
                kind: text_of(c::elr_outcome_kind_name(c::elr_outcome_kind(outcome))),
                exit_status: c::elr_outcome_exit_status(outcome),
                error: (!why.is_null()).then(|| text_of(c::elr_error_text(why))),
            };
            c::elr_outcome_free(outcome);
            Ok(told)
        }
    }
}
