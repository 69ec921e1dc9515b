import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;

/** elastiroll for Java: the blocking functions of elastiroll.h that a deployment needs, through JNA. */
public final class Elastiroll {
    static final int EVENT_STEP_STARTED = 2;
    static final int EVENT_PROGRESS = 5;

    private Elastiroll() {}

    /** A failure as the library tells it. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;
        /** {@code lock_held} */
        final String status;

        Failure(String status, String text) {
            super(text);
            this.status = status;
        }
    }

    record Event(long atMs, int kind, String step, String text) {}

    /** How a deployment ended; {@code error} is null where there is nothing to tell. */
    record Outcome(String deployment, String kind, int exitStatus, String error) {}

    /** One workflow of a spec document. */
    static final class Spec extends Handle {
        Spec(byte[] json, String workflow) throws Failure {
            super(C::elr_spec_free);
            var options = new SpecOptions();
            options.workflow = workflow;
            var bytes = new Memory(Math.max(1, json.length));
            bytes.write(0, json, 0, json.length);
            make((out, error) -> C.elr_spec_new(bytes, size(json.length), options, out, error));
        }
    }

    /** How Spot and AWS are reached: an {@code elastiroll sim}, or, where that is null, real accounts. */
    static final class Client extends Handle {
        Client(String simUrl) throws Failure {
            super(C::elr_client_free);
            var options = new ClientOptions();
            options.sim_url = simUrl;
            options.uses_environment = simUrl == null ? 1 : 0;
            make((out, error) -> C.elr_client_new(options, out, error));
        }
    }

    /** Journals in an SQLite file. */
    static final class Store extends Handle {
        Store(String path) throws Failure {
            super(C::elr_store_free);
            make((out, error) -> C.elr_store_open(path, out, error));
        }
    }

    /** What a deployment would do: observed and planned, and nothing changed. */
    static final class Plan extends Handle {
        Plan(Client client, Store store, Spec spec) throws Failure {
            super(C::elr_plan_free);
            make((out, error) -> C.elr_plan_deployment(client.get(), store.get(), spec.get(), out, error));
        }

        @Override
        public String toString() {
            var text = new PointerByReference();
            if (C.elr_plan_to_text(get(), 0, text, null) != 0)
                return "";
            String copy = text.getValue().getString(0, UTF8);
            C.elr_string_free(text.getValue());
            return copy;
        }
    }

    /** Acts on a running deployment, from any thread. */
    static final class Control extends Handle {
        Control() throws Failure {
            super(C::elr_control_free);
            make(C::elr_control_new);
        }

        /** The deployment stops after its current call; what was begun can be resumed then. */
        void interrupt() {
            C.elr_control_interrupt(get(), null);
        }

        /** The deployment ends; what it has changed is put back. */
        void abort(String actor, String reason) {
            C.elr_control_abort(get(), actor, reason, null);
        }
    }

    /** Runs a deployment to its end. {@code onEvent} is called on this thread. */
    static Outcome deploy(Client client, Store store, Spec spec, Plan plan, Control control, String actor,
                          String reason, Consumer<Event> onEvent) throws Failure {
        var options = new RunOptions();
        options.actor = actor;
        options.reason = reason;
        options.plan = plan.get();
        options.control = control.get();
        // Kept by this frame: a callback that the collector takes away would end the process.
        Observer observer = (event, data) -> onEvent.accept(new Event(
            event.at_ms, event.kind, event.step, event.text));
        options.observer = observer;
        var outcome = new PointerByReference();
        var error = new PointerByReference();
        check(C.elr_deploy(client.get(), store.get(), spec.get(), options, outcome, error), error);
        Pointer ended = outcome.getValue();
        try {
            Pointer why = C.elr_outcome_error(ended);
            return new Outcome(C.elr_outcome_deployment(ended),
                               C.elr_outcome_kind_name(C.elr_outcome_kind(ended)),
                               C.elr_outcome_exit_status(ended),
                               why == null ? null : C.elr_error_text(why));
        } finally {
            C.elr_outcome_free(ended);
        }
    }

    // ---- below: how it is done ----------------------------------------------------------------

    private static final String UTF8 = StandardCharsets.UTF_8.name();
    private static final Native_ C = Native.load(
        "elastiroll-c", Native_.class, Map.of(Library.OPTION_STRING_ENCODING, UTF8));

    /** A handle of the library's, freed by close(). */
    abstract static class Handle implements AutoCloseable {
        interface Make {
            int into(PointerByReference out, PointerByReference error);
        }

        private final Consumer<Pointer> free;
        private Pointer pointer;

        Handle(Consumer<Pointer> free) {
            this.free = free;
        }

        void make(Make make) throws Failure {
            var out = new PointerByReference();
            var error = new PointerByReference();
            check(make.into(out, error), error);
            pointer = out.getValue();
        }

        Pointer get() {
            return pointer;
        }

        @Override
        public void close() {
            free.accept(pointer);
            pointer = null;
        }
    }

    private static void check(int status, PointerByReference error) throws Failure {
        if (status == 0)
            return;
        var failure = new Failure(C.elr_status_name(status), C.elr_error_text(error.getValue()));
        C.elr_error_free(error.getValue());
        throw failure;
    }

    private static SizeT size(long value) {
        return new SizeT(value);
    }

    /** C's size_t. */
    public static final class SizeT extends com.sun.jna.IntegerType {
        private static final long serialVersionUID = 1;

        public SizeT() {
            this(0);
        }

        public SizeT(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }
    }

    public interface Observer extends Callback {
        void on(EventView event, Pointer data);
    }

    /** Options begin with their size; what is not set is 0. */
    public abstract static class Options extends Structure {
        public SizeT struct_size = new SizeT();

        Options() {
            struct_size = new SizeT(size());
        }
    }

    @FieldOrder({"struct_size", "workflow", "image", "previous", "production_target_group", "variables",
                 "variable_count", "files", "file_count", "force", "reserved"})
    public static class SpecOptions extends Options {
        public String workflow, image, previous, production_target_group;
        public Pointer variables;
        public SizeT variable_count = new SizeT();
        public Pointer files;
        public SizeT file_count = new SizeT();
        public int force, reserved;
    }

    @FieldOrder({"struct_size", "cloud", "sim_url", "spot_token", "spot_base_url", "aws_access_key_id",
                 "aws_secret_access_key", "aws_session_token", "aws_endpoint_url", "uses_environment",
                 "reserved", "credentials", "credentials_data", "credentials_data_free", "ca_bundle",
                 "https_proxy", "http_proxy", "no_proxy", "user_agent"})
    public static class ClientOptions extends Options {
        public Pointer cloud;
        public String sim_url, spot_token, spot_base_url, aws_access_key_id, aws_secret_access_key;
        public String aws_session_token, aws_endpoint_url;
        public int uses_environment, reserved;
        public Pointer credentials, credentials_data, credentials_data_free;
        public String ca_bundle, https_proxy, http_proxy, no_proxy, user_agent;
    }

    @FieldOrder({"struct_size", "deployment", "actor", "reason", "plan", "control", "observer",
                 "observer_data", "observer_data_free", "log", "log_data", "log_data_free", "detaches",
                 "accepts_drift", "takes_over", "reserved"})
    public static class RunOptions extends Options {
        public String deployment, actor, reason;
        public Pointer plan, control;
        public Observer observer;
        public Pointer observer_data, observer_data_free, log, log_data, log_data_free;
        public int detaches, accepts_drift, takes_over, reserved;
    }

    @FieldOrder({"struct_size", "at_ms", "deployment", "name", "step", "text", "json", "json_size", "kind",
                 "reserved"})
    public static class EventView extends Structure {
        public SizeT struct_size = new SizeT();
        public long at_ms;
        public String deployment, name, step, text, json;
        public SizeT json_size = new SizeT();
        public int kind, reserved;
    }

    // Names are the library's own.
    public interface Native_ extends Library {
        String elr_status_name(int status);
        String elr_error_text(Pointer error);
        void elr_error_free(Pointer error);
        void elr_string_free(Pointer text);
        int elr_spec_new(Pointer json, SizeT size, SpecOptions options, PointerByReference out,
                         PointerByReference error);
        void elr_spec_free(Pointer spec);
        int elr_client_new(ClientOptions options, PointerByReference out, PointerByReference error);
        void elr_client_free(Pointer client);
        int elr_store_open(String path, PointerByReference out, PointerByReference error);
        void elr_store_free(Pointer store);
        int elr_plan_deployment(Pointer client, Pointer store, Pointer spec, PointerByReference out,
                                PointerByReference error);
        int elr_plan_to_text(Pointer plan, int columns, PointerByReference out, PointerByReference error);
        void elr_plan_free(Pointer plan);
        int elr_control_new(PointerByReference out, PointerByReference error);
        int elr_control_interrupt(Pointer control, PointerByReference error);
        int elr_control_abort(Pointer control, String actor, String reason, PointerByReference error);
        void elr_control_free(Pointer control);
        int elr_deploy(Pointer client, Pointer store, Pointer spec, RunOptions options,
                       PointerByReference out, PointerByReference error);
        int elr_outcome_kind(Pointer outcome);
        String elr_outcome_kind_name(int kind);
        int elr_outcome_exit_status(Pointer outcome);
        String elr_outcome_deployment(Pointer outcome);
        Pointer elr_outcome_error(Pointer outcome);
        void elr_outcome_free(Pointer outcome);
    }
}
