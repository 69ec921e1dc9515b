// Deploys from Go with the blocking functions.
//
//	deploy SPEC WORKFLOW [STEP]
//
// Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks better of
// it at that step: everything is put back. ELASTIROLL_SIM_URL is an `elastiroll sim` to deploy to; without
// it real accounts are, with the credentials that Spot's and AWS's own tools would take. Exits as the
// command does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"example.invalid/deploy/elastiroll"
)

func deploy(path, workflow, step string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	json, err := os.ReadFile(path)
	if err != nil {
		return 2, err
	}
	spec, err := elastiroll.NewSpec(json, workflow)
	if err != nil {
		return 2, err
	}
	defer spec.Close()
	client, err := elastiroll.NewClient(os.Getenv("ELASTIROLL_SIM_URL"))
	if err != nil {
		return 2, err
	}
	defer client.Close()
	state := os.Getenv("ELASTIROLL_STATE")
	if state == "" {
		state = "elastiroll.db"
	}
	store, err := elastiroll.OpenStore(state)
	if err != nil {
		return 2, err
	}
	defer store.Close()

	plan, err := elastiroll.PlanDeployment(client, store, spec)
	if err != nil {
		return 2, err
	}
	defer plan.Close()
	for _, one := range plan.Steps() {
		fmt.Printf("%-24s %s: %s\n", one.ID, one.Group, one.What)
	}

	beganMS := int64(0)
	outcome, err := elastiroll.Deploy(ctx, client, store, spec, elastiroll.Options{
		Actor:  "deploy.go",
		Reason: "an example",
		Plan:   plan,
		OnEvent: func(event elastiroll.Event, control *elastiroll.Control) {
			if beganMS == 0 {
				beganMS = event.AtMS
			}
			if event.Kind != elastiroll.EventProgress {
				fmt.Printf("%5d s  %s\n", (event.AtMS-beganMS)/1000, event.Text)
			}
			if event.Kind == elastiroll.EventStepStarted && event.Step == step {
				if err := control.Abort("deploy.go", "on second thoughts"); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		},
	})
	if err != nil {
		return 2, err
	}
	fmt.Printf("%s: %s\n", outcome.Deployment, outcome.Kind)
	if outcome.Error != "" {
		fmt.Println(" ", outcome.Error)
	}
	return outcome.ExitStatus, nil
}

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: deploy SPEC WORKFLOW [STEP]")
		os.Exit(2)
	}
	status, err := deploy(os.Args[1], os.Args[2], append(os.Args, "")[3])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		var failure *elastiroll.Error
		if errors.As(err, &failure) && failure.Name == "lock_held" {
			status = 4
		}
	}
	os.Exit(status)
}
