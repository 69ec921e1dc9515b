// The peers of bench/peer_bench.cpp: the signer of aws-sdk-go-v2, and the list of spotinst-sdk-go.
//
//	micro           nanoseconds a signature
//	micro FILE      nanoseconds a list, of the answer in FILE
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	spot "github.com/spotinst/spotinst-sdk-go/service/elastigroup/providers/aws"
	"github.com/spotinst/spotinst-sdk-go/spotinst"
	"github.com/spotinst/spotinst-sdk-go/spotinst/credentials"
	"github.com/spotinst/spotinst-sdk-go/spotinst/session"
)

// best gives the nanoseconds of a turn in the best of some batches, as peer_bench.cpp does.
func best(batches, turns int, turn func()) int64 {
	var best int64
	for batch := 0; batch < batches; batch++ {
		begin := time.Now()
		for i := 0; i < turns; i++ {
			turn()
		}
		took := time.Since(begin).Nanoseconds() / int64(turns)
		if best == 0 || took < best {
			best = took
		}
	}
	return best
}

func must[T any](result T, err error) T {
	if err != nil {
		panic(err)
	}
	return result
}

func memoryKiB() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Maxrss
}

func sign() {
	body := "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3Aaws%3A" +
		"elasticloadbalancing%3Aeu-west-1%3A123456789012%3Atargetgroup%2Fshop%2F0123456789abcdef"
	keys := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI",
		SessionToken: strings.Repeat("t", 400)}
	signer := v4.NewSigner()
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	fmt.Println(best(20, 5000, func() {
		request := must(http.NewRequest("POST", "https://elasticloadbalancing.eu-west-1.amazonaws.com/",
			strings.NewReader(body)))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		hash := sha256.Sum256([]byte(body))
		err := signer.SignHTTP(context.Background(), keys, request, hex.EncodeToString(hash[:]),
			"elasticloadbalancing", "eu-west-1", now)
		if err != nil {
			panic(err)
		}
	}))
}

// canned answers every request with the same body.
type canned []byte

func (body canned) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: request}, nil
}

func list(path string) {
	body := canned(must(os.ReadFile(path)))
	config := spotinst.DefaultConfig().
		WithHTTPClient(&http.Client{Transport: body}).
		WithCredentials(credentials.NewStaticCredentials("token", "act-1"))
	service := spot.New(session.New(config))
	before := memoryKiB()
	groups := 0
	took := best(5, 1, func() {
		groups = 0
		for _, group := range must(service.List(context.Background(), &spot.ListGroupsInput{})).Groups {
			if strings.HasPrefix(spotinst.StringValue(group.Name), "shop__17__") {
				groups++
			}
		}
	})
	fmt.Printf("%d %d groups, %d KiB of body, %d KiB more\n", took, groups, len(body)/1024, memoryKiB()-before)
}

func main() {
	if len(os.Args) > 1 {
		list(os.Args[1])
	} else {
		sign()
	}
}
