import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Deploys from Java with the blocking functions.
 *
 * <pre>Deploy SPEC WORKFLOW [STEP]</pre>
 *
 * Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks better of
 * it at that step: everything is put back. ELASTIROLL_SIM_URL is an {@code elastiroll sim} to deploy to;
 * without it real accounts are, with the credentials that Spot's and AWS's own tools would take. Exits as
 * the command does.
 */
final class Deploy {
    private static final String ACTOR = "Deploy.java";
    private static final int REFUSED = 2;

    private Deploy() {}

    private static int deploy(String path, String workflow, String step)
        throws Elastiroll.Failure, IOException {
        String state = System.getenv().getOrDefault("ELASTIROLL_STATE", "elastiroll.db");
        try (var spec = new Elastiroll.Spec(Files.readAllBytes(Path.of(path)), workflow);
             var client = new Elastiroll.Client(System.getenv("ELASTIROLL_SIM_URL"));
             var store = new Elastiroll.Store(state);
             var plan = new Elastiroll.Plan(client, store, spec);
             var control = new Elastiroll.Control()) {
            System.out.println(plan);
            // At Ctrl-C the process goes once the deployment has stopped.
            var ended = new CountDownLatch(1);
            Thread stopper = new Thread(() -> {
                control.interrupt();
                try {
                    ended.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Runtime.getRuntime().addShutdownHook(stopper);
            var beganMs = new AtomicLong();
            var outcome = Elastiroll.deploy(
                client, store, spec, plan, control, ACTOR, "an example", event -> {
                    beganMs.compareAndSet(0, event.atMs());
                    if (event.kind() != Elastiroll.EVENT_PROGRESS)
                        System.out.printf("%5d s  %s%n", (event.atMs() - beganMs.get()) / 1000, event.text());
                    if (event.kind() == Elastiroll.EVENT_STEP_STARTED && event.step().equals(step))
                        control.abort(ACTOR, "on second thoughts");
                });
            System.out.println(outcome.deployment() + ": " + outcome.kind());
            if (outcome.error() != null)
                System.out.println("  " + outcome.error());
            ended.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(stopper);
            } catch (IllegalStateException e) {
                // Ctrl-C has come: the hook ends now, and the process with it.
            }
            return outcome.exitStatus();
        }
    }

    public static void main(String[] arguments) {
        if (arguments.length != 2 && arguments.length != 3) {
            System.err.println("usage: Deploy SPEC WORKFLOW [STEP]");
            System.exit(REFUSED);
        }
        int status = REFUSED;
        try {
            status = deploy(arguments[0], arguments[1], arguments.length == 3 ? arguments[2] : null);
        } catch (Elastiroll.Failure | IOException failure) {
            System.err.println(arguments[0] + ": " + failure.getMessage());
        }
        System.exit(status);
    }
}
