// The peer of bench/loopback_bench.cpp: the same canaries as one would write them with Spot's SDK, a goroutine for each,
// which looks every POLL seconds.
//
//	fleet URL DEPLOYMENTS SPEED POLL      prints how many got done, milliseconds of CPU and KiB of memory
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spotinst/spotinst-sdk-go/service/elastigroup/providers/aws"
	"github.com/spotinst/spotinst-sdk-go/spotinst"
	"github.com/spotinst/spotinst-sdk-go/spotinst/credentials"
	"github.com/spotinst/spotinst-sdk-go/spotinst/session"
)

// What the canary of loopback_bench.cpp says: the new group's size and the previous one's after each phase, of 4.
var phases = []struct {
	created, previous int
	bake              time.Duration
}{{1, 3, 5 * time.Minute}, {2, 2, 0}, {4, 0, 0}}

const stableFor = 30 * time.Second

func must[T any](result T, err error) T {
	if err != nil {
		panic(err)
	}
	return result
}

type runner struct {
	service aws.Service
	speed   int
	poll    time.Duration
}

func (r runner) sleep(duration time.Duration) { time.Sleep(duration / time.Duration(r.speed)) }

// previous finds the group of the line with the highest revision.
func (r runner) previous(ctx context.Context, prefix string) *aws.Group {
	var found *aws.Group
	highest := -1
	for _, group := range must(r.service.List(ctx, &aws.ListGroupsInput{})).Groups {
		revision, is := strings.CutPrefix(spotinst.StringValue(group.Name), prefix+"__")
		if number, err := strconv.Atoi(revision); is && err == nil && number > highest {
			found, highest = group, number
		}
	}
	return found
}

func (r runner) create(ctx context.Context, name string) string {
	group := new(aws.Group).SetName(spotinst.String(name)).
		SetCapacity(new(aws.Capacity).SetMinimum(spotinst.Int(0)).SetTarget(spotinst.Int(0)).
			SetMaximum(spotinst.Int(0)).SetUnit(spotinst.String("instance"))).
		SetStrategy(new(aws.Strategy).SetRisk(spotinst.Float64(100)).SetDrainingTimeout(spotinst.Int(60))).
		SetCompute(new(aws.Compute).SetProduct(spotinst.String("Linux/UNIX")).
			SetInstanceTypes(new(aws.InstanceTypes).SetOnDemand(spotinst.String("m5.large")).
				SetSpot([]string{"m5.large", "m5a.large"})).
			SetAvailabilityZones([]*aws.AvailabilityZone{new(aws.AvailabilityZone).
				SetName(spotinst.String("us-east-1a")).SetSubnetId(spotinst.String("subnet-1"))}).
			SetLaunchSpecification(new(aws.LaunchSpecification).
				SetImageId(spotinst.String("ami-0123456789abcdef0")).SetSecurityGroupIDs([]string{"sg-1"})))
	return spotinst.StringValue(must(r.service.Create(ctx, &aws.CreateGroupInput{Group: group})).Group.ID)
}

func (r runner) scale(ctx context.Context, id string, minimum, target, maximum int) {
	capacity := new(aws.Capacity).SetMinimum(spotinst.Int(minimum)).SetTarget(spotinst.Int(target)).
		SetMaximum(spotinst.Int(maximum))
	must(r.service.Update(ctx, &aws.UpdateGroupInput{Group: new(aws.Group).SetId(spotinst.String(id)).SetCapacity(capacity)}))
}

func (r runner) healthy(ctx context.Context, id string) int {
	healthy := 0
	input := &aws.GetInstanceHealthinessInput{GroupID: spotinst.String(id)}
	for _, instance := range must(r.service.GetInstanceHealthiness(ctx, input)).Instances {
		if spotinst.StringValue(instance.HealthStatus) == "HEALTHY" {
			healthy++
		}
	}
	return healthy
}

func (r runner) awaitHealthy(ctx context.Context, id string, wanted int) {
	for {
		for r.healthy(ctx, id) < wanted {
			r.sleep(r.poll)
		}
		r.sleep(stableFor)
		if r.healthy(ctx, id) >= wanted {
			return
		}
	}
}

func (r runner) awaitEmpty(ctx context.Context, id string) {
	for {
		active := 0
		input := &aws.StatusGroupInput{GroupID: spotinst.String(id)}
		for _, instance := range must(r.service.Status(ctx, input)).Instances {
			if status := spotinst.StringValue(instance.Status); status == "fulfilled" || status == "pending-fulfillment" {
				active++
			}
		}
		if active == 0 {
			return
		}
		r.sleep(r.poll)
	}
}

func (r runner) deploy(prefix string) {
	ctx := context.Background()
	previous := r.previous(ctx, prefix)
	old := spotinst.StringValue(previous.ID)
	created := r.create(ctx, prefix+"__8")
	for i, phase := range phases {
		if i == len(phases)-1 {
			r.scale(ctx, created, 2, phase.created, 8)
		} else {
			r.scale(ctx, created, phase.created, phase.created, phase.created)
		}
		r.awaitHealthy(ctx, created, phase.created)
		r.scale(ctx, old, phase.previous, phase.previous, phase.previous)
		r.sleep(phase.bake)
	}
	r.awaitEmpty(ctx, old)
}

func main() {
	url := os.Args[1]
	deployments, speed, poll := must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3])), must(strconv.Atoi(os.Args[4]))
	// As many connections as the other has.
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 64, MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}}
	config := spotinst.DefaultConfig().WithBaseURL(url).WithHTTPClient(client).
		WithCredentials(credentials.NewStaticCredentials("simulated", "act-1"))
	r := runner{aws.New(session.New(config)), speed, time.Duration(poll) * time.Second}
	var group sync.WaitGroup
	var done atomic.Int64
	for line := 0; line < deployments; line++ {
		group.Add(1)
		go func() {
			defer group.Done()
			r.deploy(fmt.Sprintf("app-%d", line))
			done.Add(1)
		}()
	}
	group.Wait()
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := (usage.Utime.Sec+usage.Stime.Sec)*1000 + (usage.Utime.Usec+usage.Stime.Usec)/1000
	fmt.Println(done.Load(), cpu, usage.Maxrss)
}
