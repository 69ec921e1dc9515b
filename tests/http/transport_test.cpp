#include <doctest/doctest.h>

#include "fetch.hpp"
#include "loopback_server.hpp"

#include <atomic>
#include <set>
#include <string>
#include <vector>

namespace elastiroll::transport_test {

using namespace elastiroll::test;

namespace {

/// Answers every request of a connection with `ok`.
void serve_all(Connection& connection) {
    while (!connection.read_request().empty())
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/// What the server was sent for `request`.
std::string bytes_of(HttpRequest request) {
    std::string seen;
    {
        LoopbackServer server([&](Connection& connection) {
            seen = connection.read_request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        request.url = server.url() + request.url;
        fetch(std::move(request));
        const std::string host = std::to_string(server.port());
        seen.replace(seen.find(host), host.size(), "PORT");
    }
    return seen;
}

} // namespace

TEST_CASE("a request goes out as it was given, and nothing is added to it") {
    CHECK(bytes_of({.method = "GET", .url = "/a%20b?c=d&e", .headers = {{"X-A", "b"}}}) ==
          "GET /a%20b?c=d&e HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-A: b\r\n\r\n");
    CHECK(bytes_of({.method = "PUT",
                    .url = "/x",
                    .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                    .body = "{}"}) ==
          "PUT /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n"
          "X-Empty:\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(bytes_of({.method = "DELETE", .url = "/x", .body = "{}"}) ==
          "DELETE /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(bytes_of({.method = "DELETE", .url = "/x"}) ==
          "DELETE /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n");
    CHECK(bytes_of({.method = "POST", .url = "/x"}) ==
          "POST /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 0\r\n\r\n");
    CHECK(bytes_of({.method = "POST", .url = "/x", .body = std::string(100'000, 'y')}).size() ==
          std::string("POST /x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 100000\r\n\r\n")
                  .size() +
              100'000);
}

TEST_CASE("headers arrive as they were sent, repeated ones one by one") {
    LoopbackServer server([](Connection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 103 Early\r\nGone: 1\r\n\r\nHTTP/1.1 200 OK\r\nA:  b \r\na: c\r\n"
                        "Empty:\r\nContent-Length: 0\r\n\r\n");
    });
    const auto result = fetch({.method = "GET", .url = server.url()});
    REQUIRE(std::holds_alternative<HttpResponse>(result));
    CHECK(std::get<HttpResponse>(result).headers ==
          HttpHeaders{{"A", "b"}, {"a", "c"}, {"Empty", ""}, {"Content-Length", "0"}});
}

TEST_CASE("connections are used again") {
    LoopbackServer server(serve_all);
    const auto transport = http::make_curl_transport({});
    for (int i = 0; i < 20; ++i)
        CHECK(text_of(fetch(*transport, {.method = "GET", .url = server.url()})) == "200 ok");
    for (int i = 0; i < 20; ++i)
        CHECK(text_of(fetch(*transport, {.method = "POST", .url = server.url(), .body = "x"})) ==
              "200 ok");
    CHECK(server.connections() == 1);
}

TEST_CASE("a change is never sent twice when a connection that was used before breaks") {
    // The server takes the second request of a connection, does what it asks for and dies before it
    // answers. For a client this looks like an idle connection that was closed just then.
    std::atomic<int> carried_out = 0;
    LoopbackServer server([&](Connection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        if (!connection.read_request().empty())
            ++carried_out;
        connection.reset();
    });
    for (const std::string method : {"POST", "PUT", "DELETE"}) {
        for (const std::string body : {"{}", ""}) {
            CAPTURE(method);
            CAPTURE(body);
            const auto transport = http::make_curl_transport({});
            CHECK(text_of(fetch(*transport, {.method = "GET", .url = server.url()})) == "200 ok");
            carried_out = 0;
            const std::string text =
                text_of(fetch(*transport, {.method = method, .url = server.url(), .body = body}));
            if (body.empty()) { // on a connection of its own, whose first request is answered
                CHECK(text == "200 ok");
                CHECK(carried_out == 0);
            } else {
                CHECK(text.starts_with("maybe sent: "));
                CHECK(carried_out == 1);
            }
        }
    }
}

TEST_CASE("a thousand requests are in flight at once, each answered once") {
    LoopbackServer server(serve_all);
    const auto transport = http::make_curl_transport({});
    constexpr std::uint64_t count = 1'000;
    for (std::uint64_t id = 1; id <= count; ++id)
        transport->start(HttpRequestId{id},
                         {.method = "GET", .url = server.url(), .timeout = Milliseconds(60'000)});
    std::set<HttpRequestId> answered;
    while (answered.size() < count) {
        const auto completions = transport->poll(Milliseconds(60'000));
        REQUIRE(!completions.empty());
        for (const auto& one : completions) {
            CHECK(text_of(one.result) == "200 ok");
            CHECK(answered.insert(one.id).second);
        }
    }
    CHECK(server.connections() <= http::CurlOptions{}.connections_per_host_max);
    CHECK(transport->poll(Milliseconds(0)).empty());
}

TEST_CASE("requests that wait for a free connection keep to their deadlines") {
    LoopbackServer server([](Connection& connection) { connection.wait_for_client_to_go(); });
    http::CurlOptions options;
    options.connections_per_host_max = 1;
    const auto transport = http::make_curl_transport(options);
    transport->start(HttpRequestId{1},
                     {.method = "GET", .url = server.url(), .timeout = Milliseconds(60'000)});
    transport->start(HttpRequestId{2},
                     {.method = "GET", .url = server.url(), .timeout = Milliseconds(100)});
    const auto completions = transport->poll(Milliseconds(60'000));
    REQUIRE(completions.size() == 1);
    CHECK(completions.front().id == HttpRequestId{2});
    CHECK(text_of(completions.front().result).starts_with("unsent: "));
    // The first is still in flight when the transport goes.
}

TEST_CASE("a proxy is used where it is set, and not for hosts that need none") {
    std::string seen;
    LoopbackServer proxy([&](Connection& connection) {
        seen = connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
    });
    LoopbackServer server(serve_all);
    http::CurlOptions options;
    options.http_proxy = "http://mia:canary@127.0.0.1:" + std::to_string(proxy.port());
    CHECK(text_of(fetch({.method = "GET", .url = "http://spot.invalid/x"}, options)) ==
          "200 proxy");
    CHECK(seen.starts_with("GET http://spot.invalid/x HTTP/1.1\r\n"));
    CHECK(seen.find("Proxy-Authorization: Basic ") != std::string::npos);
    options.no_proxy = "127.0.0.1";
    CHECK(text_of(fetch({.method = "GET", .url = server.url()}, options)) == "200 ok");
}

TEST_CASE("a proxy that does not connect is named without its password") {
    LoopbackServer proxy([&](Connection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
    });
    http::CurlOptions options;
    options.https_proxy = "http://mia:canary@127.0.0.1:" + std::to_string(proxy.port());
    std::string text = text_of(fetch({.method = "GET", .url = "https://spot.invalid/"}, options));
    CAPTURE(text);
    CHECK(text.starts_with("unsent: "));
    CHECK(text.find("proxy 127.0.0.1:" + std::to_string(proxy.port())) != std::string::npos);
    CHECK(text.find("canary") == std::string::npos);
    options.https_proxy = "http://mia:canary@nowhere.invalid:3128";
    text = text_of(fetch({.method = "GET", .url = "https://spot.invalid/"}, options));
    CHECK(text == "unsent: there is no address for the proxy nowhere.invalid:3128");
}

} // namespace elastiroll::transport_test
