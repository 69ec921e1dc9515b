// Drives a simulated Spot through Spot's official SDK and says what is not as it should be.
//
//	spot_sdk BASE-URL
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"

	"github.com/spotinst/spotinst-sdk-go/service/elastigroup/providers/aws"
	"github.com/spotinst/spotinst-sdk-go/spotinst"
	"github.com/spotinst/spotinst-sdk-go/spotinst/client"
	"github.com/spotinst/spotinst-sdk-go/spotinst/credentials"
	"github.com/spotinst/spotinst-sdk-go/spotinst/session"
)

var failures int

func check(what string, got, expected any) {
	if !reflect.DeepEqual(got, expected) {
		failures++
		fmt.Fprintf(os.Stderr, "spot sdk: %s: expected %v, got %v\n", what, expected, got)
	}
}

// must ends the run where nothing that follows would make sense.
func must[T any](result T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "spot sdk:", err)
		os.Exit(1)
	}
	return result
}

func codeOf(err error) string {
	var all client.Errors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Code
	}
	return fmt.Sprint(err)
}

func serviceFor(base, token string) *aws.ServiceOp {
	config := spotinst.DefaultConfig().
		WithBaseURL(base).
		WithCredentials(credentials.NewStaticCredentials(token, "act-sdk"))
	return aws.New(session.New(config))
}

func wanted() *aws.Group {
	group := new(aws.Group).SetName(spotinst.String("sdk__1")).SetRegion(spotinst.String("eu-west-1"))
	group.SetCapacity(new(aws.Capacity).
		SetMinimum(spotinst.Int(0)).SetTarget(spotinst.Int(0)).SetMaximum(spotinst.Int(0)).
		SetUnit(spotinst.String("instance")))
	group.SetStrategy(new(aws.Strategy).SetRisk(spotinst.Float64(100)))
	launch := new(aws.LaunchSpecification).SetImageId(spotinst.String("ami-0123456789abcdef0"))
	group.SetCompute(new(aws.Compute).
		SetProduct(spotinst.String("Linux/UNIX")).
		SetInstanceTypes(new(aws.InstanceTypes).
			SetOnDemand(spotinst.String("m5.large")).SetSpot([]string{"m5.large"})).
		SetAvailabilityZones([]*aws.AvailabilityZone{
			new(aws.AvailabilityZone).SetName(spotinst.String("eu-west-1a"))}).
		SetLaunchSpecification(launch))
	return group
}

// advance lets an hour pass in the simulated cloud.
func advance(base string) {
	response := must(http.Post(base+"/_sim/advance", "application/json",
		bytes.NewBufferString(`{"by_ms": 3600000}`)))
	response.Body.Close()
	check("advance", response.StatusCode, 200)
}

func main() {
	base := os.Args[1]
	ctx := context.Background()
	service := serviceFor(base, "simulated")

	created := must(service.Create(ctx, &aws.CreateGroupInput{Group: wanted()})).Group
	id := created.ID
	check("name of what was created", spotinst.StringValue(created.Name), "sdk__1")
	read := must(service.Read(ctx, &aws.ReadGroupInput{GroupID: id})).Group
	check("id of what was read", spotinst.StringValue(read.ID), spotinst.StringValue(id))
	check("target of what was read", spotinst.IntValue(read.Capacity.Target), 0)
	check("image of what was read", spotinst.StringValue(read.Compute.LaunchSpecification.ImageID), "ami-0123456789abcdef0")
	check("creation date is there", read.CreatedAt != nil, true)

	change := new(aws.Group).SetId(id).SetName(spotinst.String("sdk__2"))
	updated := must(service.Update(ctx, &aws.UpdateGroupInput{Group: change})).Group
	check("name after the update", spotinst.StringValue(updated.Name), "sdk__2")
	grow := new(aws.Group).SetId(id).SetCapacity(new(aws.Capacity).
		SetMinimum(spotinst.Int(1)).SetTarget(spotinst.Int(2)).SetMaximum(spotinst.Int(3)))
	must(service.Update(ctx, &aws.UpdateGroupInput{Group: grow}))
	advance(base)
	listed := must(service.List(ctx, &aws.ListGroupsInput{})).Groups
	check("groups in the list", len(listed), 1)
	check("target in the list", spotinst.IntValue(listed[0].Capacity.Target), 2)

	status := must(service.Status(ctx, &aws.StatusGroupInput{GroupID: id})).Instances
	check("instances", len(status), 2)
	check("status of an instance", spotinst.StringValue(status[0].Status), "fulfilled")
	health := must(service.GetInstanceHealthiness(ctx, &aws.GetInstanceHealthinessInput{GroupID: id})).Instances
	check("instances with health", len(health), 2)
	check("health of an instance", spotinst.StringValue(health[0].HealthStatus), "HEALTHY")

	must(service.CreateSuspensions(ctx, &aws.CreateSuspensionsInput{GroupID: id, Suspensions: []*aws.Suspension{
		{Name: spotinst.String("AUTO_SCALE"), TTLInMinutes: spotinst.Int(90)},
		{Name: spotinst.String("SCHEDULING")}}}))
	held := must(service.ListSuspensions(ctx, &aws.ListSuspensionsInput{GroupID: id})).SuspendProcesses
	check("suspended", held.Processes, []string{"AUTO_SCALE", "SCHEDULING"})
	must(service.DeleteSuspensions(ctx, &aws.DeleteSuspensionsInput{GroupID: id, Processes: []string{"AUTO_SCALE"}}))
	held = must(service.ListSuspensions(ctx, &aws.ListSuspensionsInput{GroupID: id})).SuspendProcesses
	check("suspended after one was resumed", held.Processes, []string{"SCHEDULING"})

	_, err := serviceFor(base, "wrong").List(ctx, &aws.ListGroupsInput{})
	check("a wrong token is refused", err != nil, true)
	must(service.Delete(ctx, &aws.DeleteGroupInput{GroupID: id}))
	_, err = service.Read(ctx, &aws.ReadGroupInput{GroupID: id})
	check("code of a group that is gone", codeOf(err), "GROUP_DOESNT_EXIST")
	_, err = service.Create(ctx, &aws.CreateGroupInput{Group: new(aws.Group).SetName(spotinst.String("half"))})
	check("half a group is refused", err != nil, true)

	if failures > 0 {
		fmt.Fprintf(os.Stderr, "spot sdk: %d failures\n", failures)
		os.Exit(1)
	}
	fmt.Println("spot sdk: every answer is as expected")
}
