// elastiroll for Node.js: the part of elastiroll.h that a driven deployment needs, through koffi.

import koffi from 'koffi';

const library = koffi.load(process.env.ELASTIROLL_LIBRARY ?? 'libelastiroll-c.so.0');

for (const handle of ['error', 'spec', 'client', 'store', 'fleet', 'action', 'outcome']) {
  koffi.opaque(`elr_${handle}`);
}
koffi.struct('elr_id', { text: koffi.array('char', 32, 'String') });
koffi.struct('elr_header', { name: 'const char *', value: 'const char *' });
koffi.struct('elr_spec_options', {
  struct_size: 'size_t', workflow: 'const char *', image: 'const char *', previous: 'const char *',
  production_target_group: 'const char *', variables: 'void *', variable_count: 'size_t', files: 'void *',
  file_count: 'size_t', force: 'int32_t', reserved: 'int32_t',
});
koffi.struct('elr_client_options', {
  struct_size: 'size_t', cloud: 'void *', sim_url: 'const char *', spot_token: 'const char *',
  spot_base_url: 'const char *', aws_access_key_id: 'const char *', aws_secret_access_key: 'const char *',
  aws_session_token: 'const char *', aws_endpoint_url: 'const char *', uses_environment: 'int32_t',
  reserved: 'int32_t', credentials: 'void *', credentials_data: 'void *', credentials_data_free: 'void *',
  ca_bundle: 'const char *', https_proxy: 'const char *', http_proxy: 'const char *', no_proxy: 'const char *',
  user_agent: 'const char *',
});
koffi.struct('elr_run_options', {
  struct_size: 'size_t', deployment: 'const char *', actor: 'const char *', reason: 'const char *',
  plan: 'void *', control: 'void *', observer: 'void *', observer_data: 'void *', observer_data_free: 'void *',
  log: 'void *', log_data: 'void *', log_data_free: 'void *', detaches: 'int32_t', accepts_drift: 'int32_t',
  takes_over: 'int32_t', reserved: 'int32_t',
});
koffi.struct('elr_fleet_options', {
  struct_size: 'size_t', store: 'elr_store *', now_ms: 'int64_t', reserved: 'int64_t',
});
koffi.struct('elr_event', {
  struct_size: 'size_t', at_ms: 'int64_t', deployment: 'const char *', name: 'const char *',
  step: 'const char *', text: 'const char *', json: 'const char *', json_size: 'size_t', kind: 'int32_t',
  reserved: 'int32_t',
});

/** Options of a struct: what is not named is 0. */
function options(type, values) {
  return { struct_size: koffi.sizeof(type), ...values };
}

const f = (declaration) => library.func(declaration);
const errorText = f('const char *elr_error_text(const elr_error *error)');
const errorFree = f('void elr_error_free(elr_error *error)');

export class ElastirollError extends Error {}

/** A function that can fail: its error_out is the last argument. */
function fallible(declaration) {
  const call = f(declaration.replace(/\)$/, ', _Out_ elr_error **error_out)'));
  return (...values) => {
    const error = [null];
    if (call(...values, error) === 0) return;
    const text = errorText(error[0]);
    errorFree(error[0]);
    throw new ElastirollError(text);
  };
}

const specNew = fallible('int32_t elr_spec_new(const void *json, size_t size, const elr_spec_options *options, _Out_ elr_spec **out)');
const specFree = f('void elr_spec_free(elr_spec *spec)');
const clientNew = fallible('int32_t elr_client_new(const elr_client_options *options, _Out_ elr_client **out)');
const clientFree = f('void elr_client_free(elr_client *client)');
const storeOpen = fallible('int32_t elr_store_open(const char *path, _Out_ elr_store **out)');
const storeFree = f('void elr_store_free(elr_store *store)');
const fleetNew = fallible('int32_t elr_fleet_new(const elr_client *client, const elr_fleet_options *options, _Out_ elr_fleet **out)');
const fleetFree = f('void elr_fleet_free(elr_fleet *fleet)');
const fleetDeploy = fallible('int32_t elr_fleet_deploy(elr_fleet *fleet, const elr_spec *spec, const elr_run_options *options, _Out_ elr_id *id)');
const fleetAbort = fallible('int32_t elr_fleet_abort(elr_fleet *fleet, const char *deployment, const char *actor, const char *reason)');
const fleetInterrupt = fallible('int32_t elr_fleet_interrupt(elr_fleet *fleet, const char *deployment)');
const fleetNext = fallible('int32_t elr_fleet_next(elr_fleet *fleet, int64_t now_ms, _Out_ const elr_action **action)');
const fleetIsRunning = f('int32_t elr_fleet_is_running(const elr_fleet *fleet)');
const onResponse = fallible('int32_t elr_fleet_on_response(elr_fleet *fleet, int64_t id, int32_t status, const elr_header *headers, size_t header_count, const void *body, size_t body_size)');
const onFailure = fallible('int32_t elr_fleet_on_failure(elr_fleet *fleet, int64_t id, int32_t is_unsent, const char *message)');
const actionKind = f('int32_t elr_action_kind(const elr_action *action)');
const actionId = f('int64_t elr_action_id(const elr_action *action)');
const actionWakeAt = f('int64_t elr_action_wake_at_ms(const elr_action *action)');
const actionMethod = f('const char *elr_action_method(const elr_action *action)');
const actionUrl = f('const char *elr_action_url(const elr_action *action)');
const actionHeaderCount = f('size_t elr_action_header_count(const elr_action *action)');
const actionHeaderName = f('const char *elr_action_header_name(const elr_action *action, size_t index)');
const actionHeaderValue = f('const char *elr_action_header_value(const elr_action *action, size_t index)');
const actionBody = f('const char *elr_action_body(const elr_action *action, _Out_ size_t *size)');
const actionTimeout = f('int64_t elr_action_timeout_ms(const elr_action *action)');
const actionEvent = f('const elr_event *elr_action_event(const elr_action *action)');
const actionOutcome = f('const elr_outcome *elr_action_outcome(const elr_action *action)');
const outcomeKind = f('int32_t elr_outcome_kind(const elr_outcome *outcome)');
const outcomeKindName = f('const char *elr_outcome_kind_name(int32_t kind)');
const outcomeExitStatus = f('int32_t elr_outcome_exit_status(const elr_outcome *outcome)');
const outcomeError = f('const elr_error *elr_outcome_error(const elr_outcome *outcome)');

const HTTP = 1;
const WAKE_AT = 3;
const EVENT = 4;
const DONE = 5;

/** Deployments whose HTTP and time are the caller's; journals are in an SQLite file. */
export class Fleet {
  #fleet = [null];

  constructor({ nowMs, state, simUrl }) {
    const client = [null];
    const store = [null];
    try {
      clientNew(options('elr_client_options', {
        sim_url: simUrl ?? null, uses_environment: simUrl ? 0 : 1,
      }), client);
      storeOpen(state, store);
      fleetNew(client[0], options('elr_fleet_options', { store: store[0], now_ms: nowMs }), this.#fleet);
    } finally {
      // The fleet keeps what it needs of both.
      clientFree(client[0]);
      storeFree(store[0]);
    }
  }

  deploy(json, workflow, { actor, reason }) {
    const spec = [null];
    try {
      specNew(json, json.length, options('elr_spec_options', { workflow }), spec);
      const id = {};
      fleetDeploy(this.#fleet[0], spec[0], options('elr_run_options', { actor, reason }), id);
      return id.text;
    } finally {
      specFree(spec[0]);
    }
  }

  abort(deployment, actor, reason) { fleetAbort(this.#fleet[0], deployment, actor, reason); }
  interrupt(deployment) { fleetInterrupt(this.#fleet[0], deployment); }
  get isRunning() { return fleetIsRunning(this.#fleet[0]) === 1; }
  close() { fleetFree(this.#fleet[0]); }

  /** The next thing to do, as a value that outlives the library's. */
  next(nowMs) {
    const place = [null];
    fleetNext(this.#fleet[0], nowMs, place);
    const action = place[0];
    switch (actionKind(action)) {
      case HTTP: {
        const headers = {};
        for (let i = 0; i < actionHeaderCount(action); ++i) {
          headers[actionHeaderName(action, i)] = actionHeaderValue(action, i);
        }
        return {
          kind: 'http', id: actionId(action), method: actionMethod(action), url: actionUrl(action), headers,
          body: actionBody(action, [0]), timeoutMs: Number(actionTimeout(action)),
        };
      }
      case EVENT: {
        const event = koffi.decode(actionEvent(action), 'elr_event');
        return { kind: 'event', ...JSON.parse(event.json), atMs: Number(event.at_ms), text: event.text };
      }
      case DONE: {
        const outcome = actionOutcome(action);
        const error = outcomeError(outcome);
        return {
          kind: 'done', outcome: outcomeKindName(outcomeKind(outcome)),
          exitStatus: outcomeExitStatus(outcome), error: error ? errorText(error) : null,
        };
      }
      default: // WAKE_AT: with a store of the library's there is nothing else
        return { kind: 'wake', atMs: Number(actionWakeAt(action)) };
    }
  }

  onResponse(id, status, headers, body) {
    const pairs = Object.entries(headers).map(([name, value]) => ({ name, value: String(value) }));
    onResponse(this.#fleet[0], id, status, pairs, pairs.length, body, body.length);
  }

  onFailure(id, isUnsent, message) { onFailure(this.#fleet[0], id, isUnsent ? 1 : 0, message); }
}
