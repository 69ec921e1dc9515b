// The peer of bench/transport_bench.cpp, and the server that both ask.
//
//	transport serve                          prints its URL, answers until its input ends
//	transport URL REQUESTS IN-FLIGHT         prints microseconds of wall time and of CPU for a request
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func must[T any](result T, err error) T {
	if err != nil {
		panic(err)
	}
	return result
}

func serve() {
	// As long as the health of four instances.
	body := []byte(`{"response":{"items":[` + strings.Repeat("x", 1500) + `]}}`)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Printf("http://%s/aws/ec2/group/sig-1\n", listener.Addr())
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("Content-Type", "application/json")
			_, _ = writer.Write(body)
		}))
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func cpuMicroseconds() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Sec+usage.Stime.Sec)*1e6 + float64(usage.Utime.Usec+usage.Stime.Usec)
}

func ask(client *http.Client, url string, requests, inFlight int) {
	var group sync.WaitGroup
	for worker := 0; worker < inFlight; worker++ {
		share := requests / inFlight
		if worker < requests%inFlight {
			share++
		}
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < share; i++ {
				request := must(http.NewRequest("GET", url, nil))
				request.Header.Set("Authorization", "Bearer simulated")
				request.Header.Set("Content-Type", "application/json")
				response := must(client.Do(request))
				_ = must(io.ReadAll(response.Body))
				_ = response.Body.Close()
			}
		}()
	}
	group.Wait()
}

func main() {
	if os.Args[1] == "serve" {
		serve()
		return
	}
	requests, inFlight := must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3]))
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: inFlight, MaxIdleConnsPerHost: inFlight,
		MaxConnsPerHost: inFlight}, Timeout: time.Minute}
	ask(client, os.Args[1], 2*inFlight, inFlight) // connections are made before the clock runs
	cpu, begin := cpuMicroseconds(), time.Now()
	ask(client, os.Args[1], requests, inFlight)
	fmt.Printf("%.2f %.2f\n", float64(time.Since(begin).Microseconds())/float64(requests),
		(cpuMicroseconds()-cpu)/float64(requests))
}
