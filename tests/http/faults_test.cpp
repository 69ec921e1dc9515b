#include <doctest/doctest.h>

#include "fetch.hpp"
#include "loopback_server.hpp"
#include "temporary_folder.hpp"

#include <string>

namespace elastiroll::faults_test {

using namespace elastiroll::test;

namespace {

HttpRequest get(const std::string& url, Milliseconds timeout = Milliseconds(5'000)) {
    return {.method = "GET", .url = url, .timeout = timeout};
}

/// What becomes of a GET whose connection `script` handles after having read the request.
std::string outcome(const LoopbackServer::Script& script,
                    Milliseconds timeout = Milliseconds(5'000),
                    const http::CurlOptions& options = {}) {
    LoopbackServer server([&](Connection& connection) {
        connection.read_request();
        script(connection);
    });
    std::string text = text_of(fetch(get(server.url() + "/secret?token=canary", timeout), options));
    CHECK(text.find("canary") == std::string::npos);
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    for (auto at = text.find(host); at != std::string::npos; at = text.find(host))
        text.replace(at, host.size(), "HOST");
    return text;
}

LoopbackServer::Script sends(std::string text) {
    return [text = std::move(text)](Connection& connection) { connection.send(text); };
}

void says_nothing_more(Connection& connection) { connection.wait_for_client_to_go(); }

} // namespace

TEST_CASE("answers of every status are answers") {
    struct Row {
        const char* why;
        const char* bytes;
        const char* result;
    };
    constexpr Row rows[] = {
        {"200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"},
        {"without a length, up to the end", "HTTP/1.1 200 OK\r\n\r\nall of it", "200 all of it"},
        {"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
         "200 ok"},
        {"after 1xx",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         "200 ok"},
        {"204", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
        {"301 is not followed",
         "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         "301 "},
        {"307 neither",
         "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         "307 "},
        {"401", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", "401 "},
        {"403", "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nhtml", "403 html"},
        {"429", "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "429 "},
        {"429 with nothing", "HTTP/1.1 429 Slow\r\n\r\n", "429 "},
        {"500", "HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n", "500 "},
        {"502", "HTTP/1.1 502 E\r\nContent-Length: 6\r\n\r\n<html>", "502 <html>"},
        {"503", "HTTP/1.1 503 E\r\nContent-Length: 0\r\n\r\n", "503 "},
        {"504", "HTTP/1.1 504 E\r\nContent-Length: 0\r\n\r\n", "504 "},
        {"more than promised", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", "200 ok"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        CHECK(outcome(sends(row.bytes)) == row.result);
    }
}

TEST_CASE("what is no answer is a failure that may have reached the server") {
    struct Row {
        const char* why;
        LoopbackServer::Script script;
        const char* words;
    };
    const Row rows[] = {
        {"closed", [](Connection&) {}, "HOST closed the connection without an answer"},
        {"reset", [](Connection& one) { one.reset(); }, "the connection to HOST broke"},
        {"garbage", sends("\x01\x02garbage\r\n\r\n"), "HOST does not speak HTTP"},
        {"half a status line", sends("HTTP/1.1 20"), "HOST"},
        {"less than promised", sends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"),
         "the answer of HOST was cut off"},
        {"a chunk is missing",
         sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), "HOST"},
        {"a length that is none", sends("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nok"), "HOST"},
        {"endless headers",
         [](Connection& one) {
             one.send("HTTP/1.1 200 OK\r\n");
             while (one.send("X-More: 0123456789012345678901234567890123456789\r\n")) {
             }
         },
         "HOST"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const std::string text = outcome(row.script);
        CAPTURE(text);
        CHECK(text.starts_with("maybe sent: "));
        CHECK(text.find(row.words) != std::string::npos);
    }
}

TEST_CASE("whatever is too slow ends at its deadline") {
    struct Row {
        const char* why;
        const char* begin;
    };
    constexpr Row rows[] = {
        {"a half-open connection", ""},
        {"headers that stop", "HTTP/1.1 200 OK\r\nContent-"},
        {"a body that stops", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"},
        {"nothing but 1xx", "HTTP/1.1 100 Continue\r\n\r\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const auto script = [&](Connection& connection) {
            connection.send(row.begin);
            says_nothing_more(connection);
        };
        CHECK(outcome(script, Milliseconds(150)) ==
              "maybe sent: no whole answer from HOST within 150 ms");
    }
    CHECK(text_of(fetch(get("http://127.0.0.1:1/", Milliseconds(0)))) ==
          "unsent: no time is left for the request to 127.0.0.1:1");
}

TEST_CASE("a body longer than the limit is refused, whether it was announced or not") {
    http::CurlOptions options;
    options.body_bytes_max = 1'000;
    const std::string hundred_megabytes = "Content-Length: 104857600\r\n";
    for (const std::string& header : {hundred_megabytes, std::string()}) {
        CAPTURE(header);
        const auto script = [&](Connection& connection) {
            connection.send("HTTP/1.1 200 OK\r\n" + header + "\r\n");
            const std::string piece(1'000'000, 'x');
            for (int i = 0; i < 100 && connection.send(piece); ++i) {
            }
        };
        CHECK(outcome(script, Milliseconds(20'000), options) ==
              "maybe sent: the answer of HOST is longer than 1000 bytes");
    }
}

TEST_CASE("a hundred megabytes within the limit arrive whole") {
    const auto script = [](Connection& connection) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        const std::string piece(1'048'576, 'x');
        for (int i = 0; i < 100 && connection.send(piece); ++i) {
        }
    };
    LoopbackServer server([&](Connection& connection) {
        connection.read_request();
        script(connection);
    });
    const auto result = fetch(get(server.url(), Milliseconds(60'000)));
    REQUIRE(std::holds_alternative<HttpResponse>(result));
    CHECK(std::get<HttpResponse>(result).body.size() == 104'857'600);
}

TEST_CASE("nothing is sent where there is no connection") {
    int port = 0;
    {
        LoopbackServer gone([](Connection&) {});
        port = gone.port();
    }
    const std::string refused = text_of(fetch(get("http://127.0.0.1:" + std::to_string(port))));
    CHECK(refused.starts_with("unsent: connection refused by 127.0.0.1:"));
    CHECK(text_of(fetch(get("http://nowhere.invalid/"))) ==
          "unsent: there is no address for nowhere.invalid:80");
    CHECK(text_of(fetch(get("ftp://127.0.0.1/"))).starts_with("unsent: "));
    CHECK(text_of(fetch(get("no url at all"))).starts_with("unsent: "));
}

TEST_CASE("a header, method or URL with a line break is not sent") {
    int requests = 0;
    LoopbackServer server([&](Connection& connection) {
        while (!connection.read_request().empty())
            ++requests;
    });
    const std::string url = server.url();
    const HttpRequest bad[] = {
        {.method = "GET\r\nX: y", .url = url},
        {.method = "GET", .url = url + "/\r\nX: y"},
        {.method = "GET", .url = url, .headers = {{"A", "b\r\nX: y"}}},
        {.method = "GET", .url = url, .headers = {{"A\nX", "y"}}},
        {.method = "GET", .url = url, .headers = {{"A", std::string("b\0c", 3)}}},
        {.method = "GET", .url = url, .headers = {{"A: b", "c"}}},
    };
    for (const auto& request : bad)
        CHECK(text_of(fetch(request)).starts_with("unsent: "));
    CHECK(server.connections() == 0);
}

// ---- TLS -------------------------------------------------------------------------------------

namespace {

std::string tls_outcome(const Certificate& certificate, bool is_trusted = true) {
    LoopbackServer server(
        [](Connection& connection) {
            connection.read_request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        },
        certificate);
    const LoopbackServer other([](Connection&) {}, Certificate{.name = "other"});
    const TemporaryFolder folder;
    http::CurlOptions options;
    options.ca_bundle = folder.write("ca.pem", is_trusted ? server.authority() : other.authority());
    return text_of(fetch(get(server.url()), options));
}

} // namespace

TEST_CASE("a server whose certificate is trusted and right is talked to") {
    CHECK(tls_outcome({}) == "200 ok");
}

TEST_CASE("a certificate that is wrong in any way ends the connection before anything is sent") {
    constexpr int tls_1_1 = 0x0302;
    struct Row {
        const char* why;
        Certificate certificate;
        bool is_trusted;
        const char* words;
    };
    const Row rows[] = {
        {"another host", {.name = "elsewhere.test"}, true, "is for another name"},
        {"expired", {.days = -1}, true, "has expired"},
        {"an unknown authority", {}, false, "is not from a trusted authority"},
        {"an old protocol", {.version_max = tls_1_1}, true, "TLS 1.2 or newer is needed"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.why);
        const std::string text = tls_outcome(row.certificate, row.is_trusted);
        CAPTURE(text);
        CHECK(text.starts_with("unsent: "));
        CHECK(text.find("localhost:") != std::string::npos);
        CHECK(text.find(row.words) != std::string::npos);
    }
    http::CurlOptions missing;
    missing.ca_bundle = "/nonexistent/ca.pem";
    LoopbackServer server([](Connection&) {}, Certificate{});
    const std::string text = text_of(fetch(get(server.url()), missing));
    CHECK(text.starts_with("unsent: the CA bundle cannot be read"));
}

} // namespace elastiroll::faults_test
