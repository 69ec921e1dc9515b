#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using SSL_CTX = struct ssl_ctx_st;
using SSL = struct ssl_st;

namespace elastiroll::test {

/// One accepted connection, in the hands of a script that may do to it whatever it likes.
class Connection {
public:
    Connection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The next request, headers and body; empty where the client has gone.
    std::string read_request();
    /// False where the client has gone.
    bool send(std::string_view text);
    /// The connection ends with a reset instead of an orderly close.
    void reset();
    /// Returns once the client has gone.
    void wait_for_client_to_go();

private:
    int receive(char* data, int size);

    int socket_;
    SSL* tls_;
    std::string buffer_;
};

/// What a TLS server shows.
struct Certificate {
    std::string name = "localhost"; ///< whom it is for
    int days = 30;                  ///< how long it is valid from now; negative: it has expired
    int version_max = 0;            ///< of TLS, as OpenSSL numbers them; 0: the newest
};

/// A server on a free loopback port that runs `script` for every connection, each on a thread of
/// its own, until it is destroyed. Scripts end when their client has gone.
class LoopbackServer {
public:
    using Script = std::function<void(Connection&)>;

    explicit LoopbackServer(Script script);
    LoopbackServer(Script script, const Certificate& certificate);
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer();

    int port() const noexcept { return port_; }
    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT`.
    std::string url() const;
    /// The authority that has signed the certificate, in PEM.
    const std::string& authority() const noexcept { return authority_; }
    int connections() const noexcept { return connections_; }

private:
    void listen_on_loopback();
    void accept_all();
    void serve(int socket);

    Script script_;
    std::string authority_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> connections_{0};
    std::thread acceptor_;
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::set<int> sockets_; ///< open ones
};

} // namespace elastiroll::test
