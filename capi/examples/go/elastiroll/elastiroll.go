// Package elastiroll wraps the blocking functions of elastiroll.h.
//
// pkg-config finds the library: set PKG_CONFIG_PATH where it is not installed in a usual place.
package elastiroll

/*
#cgo pkg-config: elastiroll-c
#include <elastiroll.h>
#include <stdlib.h>

extern void elastirollOnEvent(elr_event* event, void* user_data);

// cgo cannot take the address of an exported Go function with C's const, nor make void* of a number.
static void on_event(const elr_event* event, void* user_data) {
    elastirollOnEvent((elr_event*)event, user_data);
}
static elr_status deploy(const elr_client* client, elr_store* store, const elr_spec* spec,
                         const char* actor, const char* reason, const elr_plan* plan,
                         elr_control* control, uintptr_t handle, elr_outcome** outcome,
                         elr_error** error) {
    elr_run_options options = {0};
    options.struct_size = sizeof options;
    options.actor = actor;
    options.reason = reason;
    options.plan = plan;
    options.control = control;
    options.observer = on_event;
    options.observer_data = (void*)handle;
    return elr_deploy(client, store, spec, &options, outcome, error);
}
static elr_status new_client(const char* sim_url, elr_client** client, elr_error** error) {
    elr_client_options options = {0};
    options.struct_size = sizeof options;
    options.sim_url = sim_url;
    options.uses_environment = *sim_url == '\0';
    return elr_client_new(&options, client, error);
}
static elr_status new_spec(const char* json, size_t size, const char* workflow, elr_spec** spec,
                           elr_error** error) {
    elr_spec_options options = {0};
    options.struct_size = sizeof options;
    options.workflow = workflow;
    return elr_spec_new(json, size, &options, spec, error);
}
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"unsafe"
)

// Error is a failure as the library tells it.
type Error struct {
	Status int    // ELR_ERROR_*
	Name   string // "lock_held"
	Text   string
}

func (e *Error) Error() string { return e.Text }

// The error is the library's to free.
func take(status C.elr_status, failure *C.elr_error) error {
	if status == C.ELR_OK {
		return nil
	}
	defer C.elr_error_free(failure)
	return &Error{int(status), C.GoString(C.elr_status_name(status)), C.GoString(C.elr_error_text(failure))}
}

func withText(text string, use func(*C.char)) {
	place := C.CString(text)
	defer C.free(unsafe.Pointer(place))
	use(place)
}

// Spec is one workflow of a spec document.
type Spec struct{ handle *C.elr_spec }

// NewSpec reads a spec document.
func NewSpec(json []byte, workflow string) (spec *Spec, err error) {
	var handle *C.elr_spec
	withText(string(json), func(text *C.char) {
		withText(workflow, func(name *C.char) {
			var failure *C.elr_error
			err = take(C.new_spec(text, C.size_t(len(json)), name, &handle, &failure), failure)
		})
	})
	return &Spec{handle}, err
}

// Close frees the spec.
func (s *Spec) Close() { C.elr_spec_free(s.handle) }

// Client knows how Spot and AWS are reached.
type Client struct{ handle *C.elr_client }

// NewClient deploys to the `elastiroll sim` at simURL; where that is empty, to real accounts.
func NewClient(simURL string) (client *Client, err error) {
	var handle *C.elr_client
	withText(simURL, func(url *C.char) {
		var failure *C.elr_error
		err = take(C.new_client(url, &handle, &failure), failure)
	})
	return &Client{handle}, err
}

// Close frees the client.
func (c *Client) Close() { C.elr_client_free(c.handle) }

// Store keeps journals.
type Store struct{ handle *C.elr_store }

// OpenStore opens an SQLite file, and makes it where it is missing.
func OpenStore(path string) (store *Store, err error) {
	var handle *C.elr_store
	withText(path, func(name *C.char) {
		var failure *C.elr_error
		err = take(C.elr_store_open(name, &handle, &failure), failure)
	})
	return &Store{handle}, err
}

// Close closes the store.
func (s *Store) Close() { C.elr_store_free(s.handle) }

// Plan is what a deployment would do.
type Plan struct{ handle *C.elr_plan }

// PlanDeployment observes and plans, and changes nothing.
func PlanDeployment(client *Client, store *Store, spec *Spec) (*Plan, error) {
	var handle *C.elr_plan
	var failure *C.elr_error
	err := take(C.elr_plan_deployment(client.handle, store.handle, spec.handle, &handle, &failure), failure)
	return &Plan{handle}, err
}

// Step is one step of a plan.
type Step struct {
	ID, What, Group, Reason string
	IsChange                bool
}

// Steps lists the plan's steps in order.
func (p *Plan) Steps() []Step {
	steps := make([]Step, C.elr_plan_step_count(p.handle))
	for i := range steps {
		at := C.size_t(i)
		steps[i] = Step{
			ID:       C.GoString(C.elr_plan_step_id(p.handle, at)),
			What:     C.GoString(C.elr_plan_step_what(p.handle, at)),
			Group:    C.GoString(C.elr_plan_step_group(p.handle, at)),
			Reason:   C.GoString(C.elr_plan_step_reason(p.handle, at)),
			IsChange: C.elr_plan_step_is_change(p.handle, at) == 1,
		}
	}
	return steps
}

// Close frees the plan.
func (p *Plan) Close() { C.elr_plan_free(p.handle) }

// Event is something that happens in a deployment.
type Event struct {
	AtMS       int64
	Kind       int // EventProgress, ...
	Step, Text string
	JSON       string
}

// Kinds of events that a host may want to tell apart.
const (
	EventStepStarted = int(C.ELR_EVENT_STEP_STARTED)
	EventProgress    = int(C.ELR_EVENT_PROGRESS)
)

// Control acts on a running deployment, from any goroutine.
type Control struct{ handle *C.elr_control }

// Abort ends the deployment; what it has changed is put back.
func (c *Control) Abort(actor, reason string) error {
	who, why := C.CString(actor), C.CString(reason)
	defer C.free(unsafe.Pointer(who))
	defer C.free(unsafe.Pointer(why))
	var failure *C.elr_error
	return take(C.elr_control_abort(c.handle, who, why, &failure), failure)
}

// Outcome is how a deployment ended.
type Outcome struct {
	Deployment string
	Kind       string // "rolled_back"
	ExitStatus int
	Error      string // empty where there is nothing to tell
}

// Options of Deploy.
type Options struct {
	Actor, Reason string
	Plan          *Plan                 // where it is no longer what would be done, nothing is
	OnEvent       func(Event, *Control) // called on the goroutine that deploys
}

//export elastirollOnEvent
func elastirollOnEvent(event *C.elr_event, userData unsafe.Pointer) {
	cgo.Handle(uintptr(userData)).Value().(func(Event))(Event{
		AtMS: int64(event.at_ms),
		Kind: int(event.kind),
		Step: C.GoString(event.step),
		Text: C.GoString(event.text),
		JSON: C.GoStringN(event.json, C.int(event.json_size)),
	})
}

// Deploy runs a deployment to its end. When the context is done it stops after its current call; what was
// begun can be resumed then.
func Deploy(ctx context.Context, client *Client, store *Store, spec *Spec, options Options) (*Outcome, error) {
	control := &Control{}
	var failure *C.elr_error
	if err := take(C.elr_control_new(&control.handle, &failure), failure); err != nil {
		return nil, err
	}
	defer C.elr_control_free(control.handle)
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			C.elr_control_interrupt(control.handle, nil)
		case <-ended:
		}
	}()
	// Before the control is freed.
	defer func() { close(ended); <-watched }()

	tell := cgo.NewHandle(func(event Event) {
		if options.OnEvent != nil {
			options.OnEvent(event, control)
		}
	})
	defer tell.Delete()
	actor, reason := C.CString(options.Actor), C.CString(options.Reason)
	defer C.free(unsafe.Pointer(actor))
	defer C.free(unsafe.Pointer(reason))
	var plan *C.elr_plan
	if options.Plan != nil {
		plan = options.Plan.handle
	}
	var handle *C.elr_outcome
	status := C.deploy(client.handle, store.handle, spec.handle, actor, reason, plan, control.handle,
		C.uintptr_t(tell), &handle, &failure)
	if err := take(status, failure); err != nil {
		return nil, err
	}
	defer C.elr_outcome_free(handle)
	kind := C.elr_outcome_kind(handle)
	outcome := &Outcome{
		Deployment: C.GoString(C.elr_outcome_deployment(handle)),
		Kind:       C.GoString(C.elr_outcome_kind_name(kind)),
		ExitStatus: int(C.elr_outcome_exit_status(handle)),
	}
	if why := C.elr_outcome_error(handle); why != nil {
		outcome.Error = C.GoString(C.elr_error_text(why))
	}
	return outcome, nil
}
