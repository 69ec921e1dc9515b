/**
 * @file elastiroll.h
 * elastiroll for C and for everything that can call C: deploys Amazon Machine Images to AWS through
 * Spot Elastigroups. docs/c-api.md tells the story; this is the reference.
 *
 * Two ways to run a deployment, over the same handles:
 * - blocking: elr_deploy() and its kin bring their own HTTP and come back when the run has ended;
 * - driven: an elr_fleet gives actions, one after the other, which the host carries out with its
 * own event loop, HTTP stack and database. No thread and no callback of the library's.
 *
 * What holds everywhere, where a function does not say otherwise:
 * - Text is UTF-8 and ends in NUL; documents come as pointer and size. NULL for text that may be
 *   left out is the same as an empty one. Inputs are borrowed for the call.
 * - What a getter returns is borrowed and lives as long as its handle. Text that a function gives
 *   away is freed with elr_string_free().
 * - A function that can fail returns an elr_status. On failure its outputs are NULL or 0, and,
 * where error_out is not NULL, an elr_error is written to it, to be freed with elr_error_free(); on
 *   success NULL is. A NULL where none is allowed is ELR_ERROR_INVALID_ARGUMENT. Getters of a NULL
 *   handle return NULL, 0 or ELR_OK. Every function may also end with ELR_ERROR_OUT_OF_MEMORY or
 *   ELR_ERROR_INTERNAL.
 * - Times are milliseconds since 1970-01-01 UTC, in names that end in _ms.
 * - Option structs begin with struct_size, which is sizeof the struct as the host knows it; all
 *   others 0 is every default, and so is NULL for the struct. `reserved` must be 0.
 * - Specs, plans, snapshots, outcomes, clients, stores and controls may be shared by threads. A
 *   cloud may be too, which makes calls wait for each other. A fleet, its actions included, is used
 *   by one thread at a time. Different handles never share anything.
 * - Since: 0.1, all of it.
 */
#ifndef ELASTIROLL_H
#define ELASTIROLL_H

#include <stddef.h>
#include <stdint.h>

#if defined(ELR_BUILDING) && defined(__GNUC__)
/** Marks what the library exports. */
#define ELR_API __attribute__((visibility("default")))
#else
/** Marks what the library exports. */
#define ELR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- statuses and errors ------------------------------------------------------------------- */

/** What a caller can do about a failure; one of the constants below. */
typedef int32_t elr_status;
enum {
    ELR_OK = 0,
    ELR_ERROR_INVALID_ARGUMENT = 1,  /**< the input is wrong; mend it and call again */
    ELR_ERROR_NOT_FOUND = 2,         /**< what was named does not exist */
    ELR_ERROR_CONFLICT = 3,          /**< the world is not in a state in which this may be done */
    ELR_ERROR_UNAUTHENTICATED = 4,   /**< the credentials are missing, wrong or expired */
    ELR_ERROR_PERMISSION_DENIED = 5, /**< the credentials are right and not allowed to do this */
    ELR_ERROR_THROTTLED = 6,         /**< too many calls; later */
    ELR_ERROR_UNAVAILABLE = 7,       /**< no answer, or one that says "not now" */
    ELR_ERROR_TIMEOUT = 8,           /**< a deadline passed */
    ELR_ERROR_REJECTED = 9,          /**< the service understood and refused for good */
    ELR_ERROR_PROTOCOL = 10,         /**< an answer that cannot be understood */
    ELR_ERROR_DRIFT = 11,            /**< somebody else changed what a step relies on */
    ELR_ERROR_LOCK_HELD = 12,        /**< another run holds the lease of the line */
    ELR_ERROR_CANCELLED = 13,        /**< a person asked for it */
    ELR_ERROR_INTERNAL = 14,         /**< a bug of ours; please report it */
    ELR_ERROR_OUT_OF_MEMORY = 15     /**< nothing was done that is not in the journal */
};

/** A failure: what was being done, to what, what happened and what to do. Holds no secrets. */
typedef struct elr_error elr_error;

/** The status's name: `lock_held`; `unknown` for a number that is none. Static. */
ELR_API const char* elr_status_name(elr_status status);
/** Its category; ELR_OK for NULL. */
ELR_API elr_status elr_error_status(const elr_error* error);
/** One line. */
ELR_API const char* elr_error_message(const elr_error* error);
/** The message, a line per detail, and what the service said. */
ELR_API const char* elr_error_text(const elr_error* error);
/** How many findings there are. A document that is wrong has all of them at once. */
ELR_API size_t elr_error_detail_count(const elr_error* error);
/** Where finding `index` is: a JSON path, or line:column. NULL beyond the last. */
ELR_API const char* elr_error_detail_path(const elr_error* error, size_t index);
/** What is wrong there. */
ELR_API const char* elr_error_detail_message(const elr_error* error, size_t index);
/** What to write instead; may be empty. */
ELR_API const char* elr_error_detail_fix(const elr_error* error, size_t index);
/** HTTP status of the service's answer; 0 where there was none. */
ELR_API int32_t elr_error_remote_http_status(const elr_error* error);
/** The service's own code; may be empty. */
ELR_API const char* elr_error_remote_code(const elr_error* error);
/** The service's own words; may be empty. */
ELR_API const char* elr_error_remote_message(const elr_error* error);
/** What to name to the service's operators; may be empty. */
ELR_API const char* elr_error_remote_request_id(const elr_error* error);
/** Takes NULL. */
ELR_API void elr_error_free(elr_error* error);

/* ---- library ------------------------------------------------------------------------------- */

/** The version that this header is of. */
#define ELR_VERSION_MAJOR 0
#define ELR_VERSION_MINOR 1 /**< as ELR_VERSION_MAJOR */
#define ELR_VERSION_PATCH 0 /**< as ELR_VERSION_MAJOR */

/** The version of the library that runs: `0.1.0`. Static. */
ELR_API const char* elr_version(void);
/** The same as a number, major * 1000000 + minor * 1000 + patch. */
ELR_API int32_t elr_version_number(void);
/** Whether the library was built with `http` (libcurl), `aws`, `sqlite` or `sim`: 1 or 0; also 0
   for what it does not know. */
ELR_API int32_t elr_has_feature(const char* name);
/** Frees text that a function gave away. Takes NULL. */
ELR_API void elr_string_free(char* text);

/** A deployment's id: 26 characters, sortable by time. */
typedef struct elr_id {
    char text[32]; /**< ends in NUL */
} elr_id;
/** Makes an id: unique as long as `entropy` is, for equal times.
    @param now_ms   not before 1970
    @param entropy  whatever tells two of them apart: random bytes, host and process */
ELR_API elr_status elr_id_new(int64_t now_ms, const void* entropy, size_t entropy_size,
                              elr_id* id_out, elr_error** error_out);

/* ---- specs --------------------------------------------------------------------------------- */

/** One workflow of a spec document, checked and resolved. */
typedef struct elr_spec elr_spec;

/** A variable, or the bytes of a file that the document refers to. */
typedef struct elr_named_bytes {
    const char* name;  /**< as the document has it */
    const char* bytes; /**< need not end in NUL */
    size_t size;       /**< of the bytes */
} elr_named_bytes;

/** What is said beside a spec document. */
typedef struct elr_spec_options {
    size_t struct_size;   /**< sizeof the struct */
    const char* workflow; /**< may be NULL where the document has one only */
    const char* image;    /**< beats the service's; an id or `resolve:ssm:NAME` */
    const char* previous; /**< name of the group that serves, where that cannot be told */
    const char* production_target_group; /**< of blue/green: name or ARN, likewise */
    const elr_named_bytes* variables;    /**< beat those of the document */
    size_t variable_count;               /**< of them */
    const elr_named_bytes* files;        /**< all that elr_spec_files() names */
    size_t file_count;                   /**< of them */
    int32_t force;                       /**< 1: deploy what serves already all the same */
    int32_t reserved;                    /**< 0 */
} elr_spec_options;

/** Reads a spec document (docs/spec.md). Pure: no network, no clock, no files.
    @return ELR_OK, or ELR_ERROR_INVALID_ARGUMENT with a detail per finding */
ELR_API elr_status elr_spec_new(const char* json, size_t json_size, const elr_spec_options* options,
                                elr_spec** spec_out, elr_error** error_out);
/** The paths of the files that a spec document refers to, as a JSON array of texts. The host reads
    them. */
ELR_API elr_status elr_spec_files(const char* json, size_t json_size, char** paths_out,
                                  elr_error** error_out);
/** What is deployed to: `<Spot account>/<region>/<group prefix>`. */
ELR_API const char* elr_spec_line(const elr_spec* spec);
/** The JSON Schema of spec documents. Static. */
ELR_API const char* elr_spec_schema(void);
/** Takes NULL. */
ELR_API void elr_spec_free(elr_spec* spec);

/* ---- snapshots and plans ------------------------------------------------------------------- */

/** What was observed of a line at one moment. */
typedef struct elr_snapshot elr_snapshot;
/** The steps of a deployment, with what they were made for and rest on. */
typedef struct elr_plan elr_plan;

/** For people and programs that look; holds groups' documents, user data included. */
ELR_API elr_status elr_snapshot_to_json(const elr_snapshot* snapshot, char** json_out,
                                        elr_error** error_out);
/** Reads what elr_snapshot_to_json() wrote, but for load balancers, which it leaves out: no
    blue/green plan can be made from it. */
ELR_API elr_status elr_snapshot_from_json(const char* json, size_t json_size,
                                          elr_snapshot** snapshot_out, elr_error** error_out);
/** Takes NULL. */
ELR_API void elr_snapshot_free(elr_snapshot* snapshot);

/** Works out the steps of a deployment. Pure: no network, no clock, no files.
    @return ELR_OK, ELR_ERROR_INVALID_ARGUMENT, ELR_ERROR_CONFLICT or ELR_ERROR_PROTOCOL */
ELR_API elr_status elr_plan_new(const elr_spec* spec, const elr_snapshot* snapshot,
                                elr_plan** plan_out, elr_error** error_out);
/** The plan with its spec and snapshot, to be deployed later. As private as a journal: user data is
    in it. */
ELR_API elr_status elr_plan_to_json(const elr_plan* plan, char** json_out, elr_error** error_out);
/** Reads what elr_plan_to_json(), or `elastiroll plan --out`, wrote. */
ELR_API elr_status elr_plan_from_json(const char* json, size_t json_size, elr_plan** plan_out,
                                      elr_error** error_out);
/** The plan for people. @param columns  how wide; 0: 100 */
ELR_API elr_status elr_plan_to_text(const elr_plan* plan, int32_t columns, char** text_out,
                                    elr_error** error_out);
/** 1: what serves already is what was asked for; there are no steps. */
ELR_API int32_t elr_plan_is_no_op(const elr_plan* plan);
ELR_API const char* elr_plan_new_name(const elr_plan* plan);      /**< of the group to be */
ELR_API const char* elr_plan_previous_name(const elr_plan* plan); /**< empty: there is none */
ELR_API int32_t elr_plan_floor(const elr_plan* plan);  /**< healthy units that are never taken */
ELR_API int32_t elr_plan_lowest(const elr_plan* plan); /**< least healthy units that it leaves */
ELR_API int32_t elr_plan_peak(const elr_plan* plan);   /**< most units wanted at one time */
/** How many up-scales there are. */
ELR_API int32_t elr_plan_phases(const elr_plan* plan);
ELR_API int32_t elr_plan_change_count(const elr_plan* plan); /**< changing calls without faults */
/** What a person should know before saying yes. */
ELR_API size_t elr_plan_notice_count(const elr_plan* plan);
/** One of them; NULL beyond the last. */
ELR_API const char* elr_plan_notice(const elr_plan* plan, size_t index);
/** How many steps there are, in order from 0. */
ELR_API size_t elr_plan_step_count(const elr_plan* plan);
/** `phase-2.scale-new`: what events, errors and elr_approve() name. NULL beyond the last. */
ELR_API const char* elr_plan_step_id(const elr_plan* plan, size_t index);
/** `scale to 1/1/1` */
ELR_API const char* elr_plan_step_what(const elr_plan* plan, size_t index);
/** The group that it is about, by name; empty for gates and confirmations. */
ELR_API const char* elr_plan_step_group(const elr_plan* plan, size_t index);
/** Why it exists, a sentence. */
ELR_API const char* elr_plan_step_reason(const elr_plan* plan, size_t index);
ELR_API int32_t elr_plan_step_is_change(const elr_plan* plan,
                                        size_t index); /**< else it reads or waits */
/** 1: it fails with a warning, and the release stands. */
ELR_API int32_t elr_plan_step_is_cleanup(const elr_plan* plan, size_t index);
/** Takes NULL. */
ELR_API void elr_plan_free(elr_plan* plan);

/* ---- simulated cloud ----------------------------------------------------------------------- */

/** A Spot account with load balancers in this process: virtual time, a seed, faults. */
typedef struct elr_cloud elr_cloud;

/** @param json  a scenario (docs/simulation.md); NULL: an account with nothing in it */
ELR_API elr_status elr_cloud_new(const char* json, size_t json_size, elr_cloud** cloud_out,
                                 elr_error** error_out);
/** The cloud's time; 0 for NULL. */
ELR_API int64_t elr_cloud_now_ms(const elr_cloud* cloud);
/** Everything due until `to_ms` happens; nothing where that is not later. A deployment that runs in
    the cloud moves its time by itself. At most ten years at once. */
ELR_API elr_status elr_cloud_advance(elr_cloud* cloud, int64_t to_ms, elr_error** error_out);
/** Adds `faults`, `events` and `instances` of a scenario, counted from now. */
ELR_API elr_status elr_cloud_add(elr_cloud* cloud, const char* json, size_t json_size,
                                 elr_error** error_out);
/** What is in it now: `now`, `groups` (name, id, capacity, healthy, suspended), `routes` (where
    listeners and rules lead), `calls` (every request so far), `traffic_losses`. */
ELR_API elr_status elr_cloud_to_json(const elr_cloud* cloud, char** json_out,
                                     elr_error** error_out);
/** Takes NULL. What was made with it lives on. */
ELR_API void elr_cloud_free(elr_cloud* cloud);

/* ---- clients ------------------------------------------------------------------------------- */

/** How Spot and AWS are reached, and as whom. Making one opens no connection and touches no file.
 */
typedef struct elr_client elr_client;

/** Whose credentials are asked for. */
enum { ELR_SERVICE_SPOT = 1, ELR_SERVICE_AWS = 2 };

/** What a credentials callback fills in: the fields of the service it was asked for. */
typedef struct elr_credentials {
    size_t struct_size;                /**< as the library knows it */
    const char* spot_token;            /**< of ELR_SERVICE_SPOT */
    const char* aws_access_key_id;     /**< of ELR_SERVICE_AWS */
    const char* aws_secret_access_key; /**< likewise */
    const char* aws_session_token;     /**< NULL: long-term credentials */
    int64_t aws_expires_at_ms;         /**< 0: never; shortly before it, they are asked for again */
} elr_credentials;

/** Gives credentials. Called on the thread that runs the blocking call, within it, never twice at
    one time for one run; may call any function but that run's. What it points to is copied as soon
    as it returns. @return ELR_OK, or anything else: there are none */
typedef elr_status (*elr_credentials_fn)(int32_t service, elr_credentials* credentials,
                                         void* user_data);
/** Frees a callback's user_data: exactly once, also where the function that was given it fails. */
typedef void (*elr_free_fn)(void* user_data);

/** Whom a client reaches, and as whom. */
typedef struct elr_client_options {
    size_t struct_size; /**< sizeof the struct */
    elr_cloud* cloud;   /**< the simulated cloud instead of all below; kept as long as needed */
    /** URL of `elastiroll sim --clock client`: real HTTP, that cloud's time. Of blocking calls. */
    const char* sim_url;
    const char* spot_token;            /**< of Spot; never shown */
    const char* spot_base_url;         /**< NULL: Spot's own */
    const char* aws_access_key_id;     /**< with its secret, or neither */
    const char* aws_secret_access_key; /**< never shown */
    const char* aws_session_token;     /**< NULL: long-term credentials */
    const char* aws_endpoint_url;      /**< NULL: the regional ones */
    /** 1: what is not given above is looked for where Spot's and AWS's own tools look: environment,
        files, instance metadata; proxies and certificates where curl does. 0: nowhere. */
    int32_t uses_environment;
    int32_t reserved;                  /**< 0 */
    elr_credentials_fn credentials;    /**< asked at the start of a run, and when they expire */
    void* credentials_data;            /**< its user_data */
    elr_free_fn credentials_data_free; /**< may be NULL */
    const char* ca_bundle;             /**< PEM file of trusted authorities; NULL: the system's */
    const char* https_proxy;           /**< as curl writes it; NULL: none */
    const char* http_proxy;            /**< likewise */
    const char* no_proxy;              /**< hosts that are reached without one */
    const char* user_agent;            /**< put before ours */
} elr_client_options;

/** Makes one. @param options  may be NULL: no credentials, which a run finds out */
ELR_API elr_status elr_client_new(const elr_client_options* options, elr_client** client_out,
                                  elr_error** error_out);
/** Takes NULL. Runs under way keep what they need. */
ELR_API void elr_client_free(elr_client* client);

/* ---- stores -------------------------------------------------------------------------------- */

/** Where journals live. */
typedef struct elr_store elr_store;

/** In this process's memory, for as long as the handle lives. */
ELR_API elr_status elr_store_new_memory(elr_store** store_out, elr_error** error_out);
/** In an SQLite file, which is made where it is missing; any number of processes of one machine
    share it. Not across fork().
    @return ELR_OK, ELR_ERROR_UNAVAILABLE, ELR_ERROR_INVALID_ARGUMENT (another program's file, or a
            newer elastiroll's) or ELR_ERROR_PROTOCOL (damaged) */
ELR_API elr_status elr_store_open(const char* path, elr_store** store_out, elr_error** error_out);
/** Takes NULL. */
ELR_API void elr_store_free(elr_store* store);

/** Deployments, newest first: a JSON array. Each has what `elastiroll status --output json` tells:
    `deployment`, `line`, `outcome`, `open_gate`, `due_at`, `is_unfinished`, ...
    @param line   NULL: of all lines
    @param limit  1..1000; 0: 100 */
ELR_API elr_status elr_store_list(elr_store* store, const char* line, int32_t limit,
                                  char** json_out, elr_error** error_out);
/** Everything that was recorded of a deployment: a JSON array, documents replaced by their digests.
    Fails with ELR_ERROR_NOT_FOUND. */
ELR_API elr_status elr_store_history(elr_store* store, const char* deployment, char** json_out,
                                     elr_error** error_out);
/** Who holds a line: `{"is_held", "holder", "deployment", "since", "until"}`. */
ELR_API elr_status elr_store_lease(elr_store* store, const char* line, int64_t now_ms,
                                   char** json_out, elr_error** error_out);
/** Approves a gate of a deployment, whoever runs it, now or later: it is read within 10 s.
    @param gate   the step's id
    @param actor  who; may be NULL */
ELR_API elr_status elr_store_approve(elr_store* store, const char* deployment, const char* gate,
                                     const char* actor, const char* reason, elr_error** error_out);
/** Ends a deployment likewise: what it has changed is put back. */
ELR_API elr_status elr_store_abort(elr_store* store, const char* deployment, const char* actor,
                                   const char* reason, elr_error** error_out);

/* ---- outcomes ------------------------------------------------------------------------------ */

/** How a deployment ended. */
typedef struct elr_outcome elr_outcome;
enum {
    ELR_OUTCOME_DONE = 1,          /**< the new group serves; warnings name cleanup still due */
    ELR_OUTCOME_NOTHING_TO_DO = 2, /**< the serving group already is what was asked for */
    ELR_OUTCOME_UNCHANGED = 3,     /**< failed or aborted before anything was changed */
    ELR_OUTCOME_ROLLED_BACK = 4,   /**< failed or aborted, and everything is as before */
    ELR_OUTCOME_STOPPED = 5,       /**< failed and not rolled back: a person is needed */
    ELR_OUTCOME_LOCK_LOST = 6,     /**< another run holds the line */
    ELR_OUTCOME_DRIFTED = 7,       /**< somebody else changed what a step relies on */
    ELR_OUTCOME_INTERRUPTED = 8,   /**< asked to stop in the middle; elr_resume() goes on */
    ELR_OUTCOME_DETACHED = 9,      /**< left at a gate, as asked; elr_resume() goes on */
    ELR_OUTCOME_REFUSED = 10       /**< refused before any change */
};

/** One of ELR_OUTCOME_*; 0 for NULL. */
ELR_API int32_t elr_outcome_kind(const elr_outcome* outcome);
/** `rolled_back`; `unknown` for a number that is none. Static. */
ELR_API const char* elr_outcome_kind_name(int32_t kind);
/** What the command would exit with: 0, 1, 2, 3, 4, 5 or 130 (docs/cli.md). */
ELR_API int32_t elr_outcome_exit_status(const elr_outcome* outcome);
/** The deployment's id, to resume, roll back or undo it by. */
ELR_API const char* elr_outcome_deployment(const elr_outcome* outcome);
/** Why it did not end as done; NULL where there is nothing to tell. Lives as long as the outcome.
 */
ELR_API const elr_error* elr_outcome_error(const elr_outcome* outcome);
/** How many parts of the cleanup failed; the release stands. */
ELR_API size_t elr_outcome_warning_count(const elr_outcome* outcome);
/** One of them; NULL beyond the last. */
ELR_API const char* elr_outcome_warning(const elr_outcome* outcome, size_t index);
ELR_API const char* elr_outcome_new_group(const elr_outcome* outcome); /**< id; may be empty */
ELR_API const char* elr_outcome_serving(const elr_outcome* outcome);   /**< id; may be empty */
/** When elr_resume() has something to do at the latest; 0: never. */
ELR_API int64_t elr_outcome_due_at_ms(const elr_outcome* outcome);
/** Takes NULL. */
ELR_API void elr_outcome_free(elr_outcome* outcome);

/* ---- blocking runs ------------------------------------------------------------------------- */

/** Lets other threads act on blocking runs that were given it. Its functions are safe on any thread
    and in the run's own callbacks, though not in signal handlers, and take effect within 0.2 s. */
typedef struct elr_control elr_control;

/** Makes one, for one run as a rule. */
ELR_API elr_status elr_control_new(elr_control** control_out, elr_error** error_out);
/** The run stops after its current call, journal intact: ELR_OUTCOME_INTERRUPTED. Sticks: a run
   that is given the control later stops at once. */
ELR_API elr_status elr_control_interrupt(elr_control* control, elr_error** error_out);
/** The gate is approved. @param gate  the step's id */
ELR_API elr_status elr_control_approve(elr_control* control, const char* gate, const char* actor,
                                       const char* reason, elr_error** error_out);
/** The deployment ends, and what it has changed is put back. */
ELR_API elr_status elr_control_abort(elr_control* control, const char* actor, const char* reason,
                                     elr_error** error_out);
/** Takes NULL. Runs under way keep what they need. */
ELR_API void elr_control_free(elr_control* control);

/** What an event is about. */
enum {
    ELR_EVENT_PLANNED = 1,
    ELR_EVENT_STEP_STARTED = 2,
    ELR_EVENT_STEP_ENDED = 3,
    ELR_EVENT_CALL = 4,     /**< a changing call has ended */
    ELR_EVENT_PROGRESS = 5, /**< a look at the groups */
    ELR_EVENT_TRAFFIC = 6,  /**< where a route leads by now */
    ELR_EVENT_GATE = 7,     /**< waits for elr_control_approve() or time */
    ELR_EVENT_NOTICE = 8,
    ELR_EVENT_ROLLBACK = 9, /**< has failed; what follows puts things back */
    ELR_EVENT_ENDED = 10
};
/** Something that happened in a run. Lives for the callback. */
typedef struct elr_event {
    size_t struct_size;     /**< as the library knows it */
    int64_t at_ms;          /**< when it happened */
    const char* deployment; /**< of which run */
    const char* name;       /**< `step_started` */
    const char* step;       /**< the step's id; may be empty */
    const char* text;       /**< one line for people */
    const char* json;       /**< all of it, as `elastiroll deploy --output json` prints it */
    size_t json_size;       /**< without the NUL at its end */
    int32_t kind;           /**< ELR_EVENT_* */
    int32_t reserved;       /**< 0 */
} elr_event;
/** Hears a run's events, in order, on the thread that runs it, within the call. May use the run's
    control and any other handle. */
typedef void (*elr_observer_fn)(const elr_event* event, void* user_data);

enum { ELR_LOG_DEBUG = 1, ELR_LOG_INFO = 2, ELR_LOG_WARNING = 3, ELR_LOG_ERROR = 4 };
/** Hears what a run does in lines for people: at debug every request (method, URL without query,
    status, milliseconds), above that its events. As elr_observer_fn otherwise; never holds secrets.
 */
typedef void (*elr_log_fn)(int32_t level, const char* message, void* user_data);

/** What is said beside a spec, or a deployment, about a run. */
typedef struct elr_run_options {
    size_t struct_size;     /**< sizeof the struct */
    const char* deployment; /**< its id to be (elr_id_new()), of elr_deploy(); NULL: a new one */
    const char* actor;      /**< who: `user@host`; in journals, and named to others as the holder */
    const char* reason;     /**< what for */
    /** Deploys this plan: ends as drifted where the one made now is another. Of elr_deploy(). */
    const elr_plan* plan;
    elr_control* control;           /**< of blocking runs; may be NULL */
    elr_observer_fn observer;       /**< of blocking runs; may be NULL */
    void* observer_data;            /**< its user_data */
    elr_free_fn observer_data_free; /**< may be NULL */
    elr_log_fn log;                 /**< of blocking runs; may be NULL */
    void* log_data;                 /**< its user_data */
    elr_free_fn log_data_free;      /**< may be NULL */
    int32_t detaches;               /**< 1: leaves at the first gate instead of waiting there */
    int32_t accepts_drift; /**< 1: what is seen now counts. Of elr_resume(), elr_rollback() */
    int32_t takes_over;    /**< 1: takes the line from whoever holds it. Likewise */
    int32_t reserved;      /**< 0 */
} elr_run_options;

/** Reads a line. Only reads; takes no lease. */
ELR_API elr_status elr_observe(const elr_client* client, const elr_spec* spec,
                               elr_snapshot** snapshot_out, elr_error** error_out);
/** Observes and plans. Only reads; takes no lease. @param store  its history counts; may be NULL */
ELR_API elr_status elr_plan_deployment(const elr_client* client, elr_store* store,
                                       const elr_spec* spec, elr_plan** plan_out,
                                       elr_error** error_out);
/** Runs a deployment to its end: takes the line's lease, observes, plans, executes, and rolls back
    where it fails.
    @param options   may be NULL
    @return ELR_OK whenever the run has an outcome, whatever it is; else an error, and nothing was
            begun. After ELR_ERROR_OUT_OF_MEMORY look with elr_store_list(): the journal tells. */
ELR_API elr_status elr_deploy(const elr_client* client, elr_store* store, const elr_spec* spec,
                              const elr_run_options* options, elr_outcome** outcome_out,
                              elr_error** error_out);
/** Goes on with a deployment whose journal is in the store; of one that has ended, with what is
    still due. */
ELR_API elr_status elr_resume(const elr_client* client, elr_store* store, const char* deployment,
                              const elr_run_options* options, elr_outcome** outcome_out,
                              elr_error** error_out);
/** Puts everything back as the journal recorded it; of a finished deployment: undoes it. */
ELR_API elr_status elr_rollback(const elr_client* client, elr_store* store, const char* deployment,
                                const elr_run_options* options, elr_outcome** outcome_out,
                                elr_error** error_out);
/** Rolls back the unfinished deployment of the spec's line whose journal is lost, by its groups'
    tags. */
ELR_API elr_status elr_rollback_from_tags(const elr_client* client, elr_store* store,
                                          const elr_spec* spec, const elr_run_options* options,
                                          elr_outcome** outcome_out, elr_error** error_out);

/* ---- driven runs --------------------------------------------------------------------------- */

/** Any number of runs whose I/O the host does:
 *
 *     while (elr_fleet_is_running(fleet)) {
 *         const elr_action* action;
 *         elr_fleet_next(fleet, now_ms, &action, NULL);
 *         switch (elr_action_kind(action)) {
 *         case ELR_ACTION_HTTP: // begin the request; elr_fleet_on_response() when it is answered
 *         case ELR_ACTION_PERSIST: // carry it out; elr_fleet_on_item(), ... when it is
 *         case ELR_ACTION_WAKE_AT: // wait for an answer, or the time, whichever is first
 *         case ELR_ACTION_EVENT: // show it
 *         case ELR_ACTION_DONE: // a run has ended
 *         }
 *     }
 */
typedef struct elr_fleet elr_fleet;
/** Something for the host to do. Lives until the next call with the fleet. */
typedef struct elr_action elr_action;

enum {
    ELR_ACTION_HTTP = 1,
    ELR_ACTION_PERSIST = 2,
    ELR_ACTION_WAKE_AT = 3, /**< nothing else to do now; 0 or later: call again then */
    ELR_ACTION_EVENT = 4,
    ELR_ACTION_DONE = 5
};
/** What is to be done with the host's database: a table of items, each with a key, a version and
    bytes. The bytes are the library's; keep them as private as credentials. */
enum {
    /** Read the item under the key: elr_fleet_on_items() with it, or with none. */
    ELR_PERSIST_GET = 1,
    /** Write the bytes under the key, if the item's version is the action's (0: there is none);
        its version is 1 more then. elr_fleet_on_written(), once it would survive a crash. */
    ELR_PERSIST_PUT = 2,
    /** Read the items whose key begins with the key, bytewise in order: elr_fleet_on_items(). */
    ELR_PERSIST_SCAN = 3
};

/** What a fleet starts from. */
typedef struct elr_fleet_options {
    size_t struct_size; /**< sizeof the struct */
    elr_store* store;   /**< instead of ELR_ACTION_PERSIST; NULL: the host's database */
    int64_t now_ms;     /**< required */
    int64_t reserved;   /**< 0 */
} elr_fleet_options;

/** @param client  its credentials and endpoints; its transport and callbacks are not used */
ELR_API elr_status elr_fleet_new(const elr_client* client, const elr_fleet_options* options,
                                 elr_fleet** fleet_out, elr_error** error_out);
/** Begins a deployment. Of the options those for observers, log and control are not allowed.
    @param id_out  its id, also that of its actions; may be NULL */
ELR_API elr_status elr_fleet_deploy(elr_fleet* fleet, const elr_spec* spec,
                                    const elr_run_options* options, elr_id* id_out,
                                    elr_error** error_out);
/** As elr_resume(). */
ELR_API elr_status elr_fleet_resume(elr_fleet* fleet, const char* deployment,
                                    const elr_run_options* options, elr_error** error_out);
/** As elr_rollback(). */
ELR_API elr_status elr_fleet_rollback(elr_fleet* fleet, const char* deployment,
                                      const elr_run_options* options, elr_error** error_out);
/** As elr_rollback_from_tags(). */
ELR_API elr_status elr_fleet_rollback_from_tags(elr_fleet* fleet, const elr_spec* spec,
                                                const elr_run_options* options, elr_id* id_out,
                                                elr_error** error_out);
/** As elr_plan_deployment(); ends in ELR_ACTION_DONE with a plan or an error. */
ELR_API elr_status elr_fleet_plan(elr_fleet* fleet, const elr_spec* spec, elr_id* id_out,
                                  elr_error** error_out);
/** As elr_store_list(), from the host's database; ends in ELR_ACTION_DONE with JSON or an error. */
ELR_API elr_status elr_fleet_list(elr_fleet* fleet, const char* line, int32_t limit, elr_id* id_out,
                                  elr_error** error_out);
/** As elr_store_history(), likewise. */
ELR_API elr_status elr_fleet_history(elr_fleet* fleet, const char* deployment, elr_id* id_out,
                                     elr_error** error_out);
/** Approves a gate: of a run of this fleet at once; else it is left in the database for whoever
   runs the deployment, which ends in ELR_ACTION_DONE with JSON or an error. */
ELR_API elr_status elr_fleet_approve(elr_fleet* fleet, const char* deployment, const char* gate,
                                     const char* actor, const char* reason, elr_error** error_out);
/** Ends a deployment likewise: what it has changed is put back. */
ELR_API elr_status elr_fleet_abort(elr_fleet* fleet, const char* deployment, const char* actor,
                                   const char* reason, elr_error** error_out);
/** A run stops after its current call, journal intact. @param deployment  NULL: all of them */
ELR_API elr_status elr_fleet_interrupt(elr_fleet* fleet, const char* deployment,
                                       elr_error** error_out);

/** The next thing to do. Of one kind after the other, until ELR_ACTION_WAKE_AT.
    @param now_ms      earlier than before counts as no later
    @param action_out  set to the action, borrowed until the next call with the fleet */
ELR_API elr_status elr_fleet_next(elr_fleet* fleet, int64_t now_ms, const elr_action** action_out,
                                  elr_error** error_out);
/** 1: something has not ended, or there are actions left to take. */
ELR_API int32_t elr_fleet_is_running(const elr_fleet* fleet);

/** A header of a request or an answer. */
typedef struct elr_header {
    const char* name;  /**< `Content-Type` */
    const char* value; /**< `application/json` */
} elr_header;
/** An item of the host's database. */
typedef struct elr_item {
    const char* key;   /**< as it was in the put */
    const void* bytes; /**< as they were in the put */
    size_t size;       /**< of the bytes */
    int64_t version;   /**< from 1; 1 more with every write */
} elr_item;

/** A request was answered, whatever the status. Fails with ELR_ERROR_NOT_FOUND where none with this
    id is under way. @param id  the action's */
ELR_API elr_status elr_fleet_on_response(elr_fleet* fleet, int64_t id, int32_t http_status,
                                         const elr_header* headers, size_t header_count,
                                         const void* body, size_t body_size, elr_error** error_out);
/** No answer came. @param is_unsent  1 only where the request cannot have reached the server
    @param message  what happened, for people */
ELR_API elr_status elr_fleet_on_failure(elr_fleet* fleet, int64_t id, int32_t is_unsent,
                                        const char* message, elr_error** error_out);
/** Answers ELR_PERSIST_GET and ELR_PERSIST_SCAN. */
ELR_API elr_status elr_fleet_on_items(elr_fleet* fleet, int64_t id, const elr_item* items,
                                      size_t item_count, elr_error** error_out);
/** Answers ELR_PERSIST_PUT. @param is_written  0: the version was another one */
ELR_API elr_status elr_fleet_on_written(elr_fleet* fleet, int64_t id, int32_t is_written,
                                        elr_error** error_out);
/** It could not be carried out; of a put: or it is not known. No changing call is sent then. */
ELR_API elr_status elr_fleet_on_persist_failed(elr_fleet* fleet, int64_t id, const char* message,
                                               elr_error** error_out);
/** Takes NULL. Runs that have not ended stop where they are; their journals tell. */
ELR_API void elr_fleet_free(elr_fleet* fleet);

/** ELR_ACTION_*; 0 for NULL. */
ELR_API int32_t elr_action_kind(const elr_action* action);
/** ELR_ACTION_HTTP, ELR_ACTION_PERSIST: what its answer is given with. */
ELR_API int64_t elr_action_id(const elr_action* action);
/** ELR_ACTION_EVENT, ELR_ACTION_DONE: of which run. */
ELR_API const char* elr_action_deployment(const elr_action* action);
/** ELR_ACTION_WAKE_AT: when to call again at the latest; INT64_MAX: when an answer has come. */
ELR_API int64_t elr_action_wake_at_ms(const elr_action* action);

/** ELR_ACTION_HTTP: `GET` */
ELR_API const char* elr_action_method(const elr_action* action);
/** ELR_ACTION_HTTP: absolute, to be sent as it is: it is signed. */
ELR_API const char* elr_action_url(const elr_action* action);
/** ELR_ACTION_HTTP: headers hold credentials and are not to be logged. */
ELR_API size_t elr_action_header_count(const elr_action* action);
/** Of header `index`; NULL beyond the last. */
ELR_API const char* elr_action_header_name(const elr_action* action, size_t index);
/** Likewise. */
ELR_API const char* elr_action_header_value(const elr_action* action, size_t index);
/** ELR_ACTION_HTTP: the request's body; ELR_ACTION_PERSIST: the bytes to write. May be empty. */
ELR_API const char* elr_action_body(const elr_action* action, size_t* size_out);
/** ELR_ACTION_HTTP: when the host gives up, from its start to the answer's last byte. */
ELR_API int64_t elr_action_timeout_ms(const elr_action* action);

/** ELR_ACTION_PERSIST: ELR_PERSIST_*. */
ELR_API int32_t elr_action_operation(const elr_action* action);
/** The item's key, or the prefix of a scan. */
ELR_API const char* elr_action_key(const elr_action* action);
/** ELR_PERSIST_PUT: the version that the item has to have; 0: there must be none. */
ELR_API int64_t elr_action_version(const elr_action* action);
/** ELR_PERSIST_SCAN: only keys less than this; empty: all. */
ELR_API const char* elr_action_before(const elr_action* action);
/** ELR_PERSIST_SCAN: only so many; 0: all. */
ELR_API size_t elr_action_limit(const elr_action* action);
/** ELR_PERSIST_SCAN: 1: from the greatest key on. */
ELR_API int32_t elr_action_is_newest_first(const elr_action* action);

/** ELR_ACTION_EVENT: the event, which lives as long as the action. */
ELR_API const elr_event* elr_action_event(const elr_action* action);
/** ELR_ACTION_DONE of a run; NULL of anything else. Lives as long as the action. */
ELR_API const elr_outcome* elr_action_outcome(const elr_action* action);
/** ELR_ACTION_DONE of elr_fleet_plan(), where there is one. Lives as long as the action. */
ELR_API const elr_plan* elr_action_plan(const elr_action* action);
/** ELR_ACTION_DONE of elr_fleet_list() and elr_fleet_history(). */
ELR_API const char* elr_action_json(const elr_action* action);
/** ELR_ACTION_DONE without an outcome: why there is no plan or JSON; else NULL. */
ELR_API const elr_error* elr_action_error(const elr_action* action);

/* ---- a simulated cloud under a driven fleet -------------------------------------------------- */

/** Gives an HTTP action to the simulated cloud, whose time the host then moves on. */
ELR_API elr_status elr_cloud_send(elr_cloud* cloud, const elr_action* action,
                                  elr_error** error_out);
/** Gives the fleet the cloud's answers up to now. @param count_out  how many; may be NULL */
ELR_API elr_status elr_cloud_deliver(elr_cloud* cloud, elr_fleet* fleet, size_t* count_out,
                                     elr_error** error_out);
/** When the cloud has something to do next; INT64_MAX: never by itself. */
ELR_API int64_t elr_cloud_next_event_ms(const elr_cloud* cloud);

#ifdef __cplusplus
}
#endif

#endif /* ELASTIROLL_H */
