#include "loopback_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace elastiroll::test {
namespace {

void must(bool is_so) {
    if (!is_so)
        std::abort(); // a test machine without loopback sockets or OpenSSL
}

std::size_t content_length(std::string_view headers) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = headers.find(name);
    return at == std::string_view::npos
               ? 0
               : static_cast<std::size_t>(std::atoi(headers.data() + at + name.size()));
}

// One key for all: making it takes most of the time.
EVP_PKEY* key() {
    static EVP_PKEY* const made = EVP_EC_gen("P-256");
    return made;
}

/// A certificate that signs itself, so that it is its own authority.
X509* make_certificate(const Certificate& wanted) {
    X509* made = X509_new();
    must(made != nullptr);
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    constexpr long day = 24L * 3600;
    X509_gmtime_adj(X509_getm_notBefore(made), -60 * day);
    X509_gmtime_adj(X509_getm_notAfter(made), wanted.days * day);
    X509_set_pubkey(made, key());
    X509_NAME* subject = X509_get_subject_name(made);
    const auto* text = reinterpret_cast<const unsigned char*>(wanted.name.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(made, subject);
    const std::string names = "DNS:" + wanted.name;
    for (const auto& [id, value] :
         {std::pair<int, const char*>{NID_subject_alt_name, names.c_str()},
          {NID_basic_constraints, "critical,CA:TRUE"}}) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
        must(extension != nullptr && X509_add_ext(made, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    must(X509_sign(made, key(), EVP_sha256()) > 0);
    return made;
}

std::string pem_of(X509* certificate) {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

} // namespace

// ---- connections -----------------------------------------------------------------------------

Connection::~Connection() {
    if (tls_) {
        SSL_shutdown(tls_);
        SSL_free(tls_);
    }
}

int Connection::receive(char* data, int size) {
    if (tls_)
        return SSL_read(tls_, data, size);
    return static_cast<int>(::recv(socket_, data, static_cast<std::size_t>(size), 0));
}

std::string Connection::read_request() {
    for (;;) {
        const auto end = buffer_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::size_t size = end + 4 + content_length(buffer_.substr(0, end));
            if (buffer_.size() >= size) {
                std::string request = buffer_.substr(0, size);
                buffer_.erase(0, size);
                return request;
            }
        }
        std::array<char, 16384> piece{};
        const int count = receive(piece.data(), static_cast<int>(piece.size()));
        if (count <= 0)
            return {};
        buffer_.append(piece.data(), static_cast<std::size_t>(count));
    }
}

bool Connection::send(std::string_view text) {
    while (!text.empty()) {
        const auto sent = tls_ ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                               : ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Connection::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (tls_)
        SSL_set_quiet_shutdown(tls_, 1);
}

void Connection::wait_for_client_to_go() {
    std::array<char, 4096> ignored{};
    while (receive(ignored.data(), static_cast<int>(ignored.size())) > 0) {
    }
}

// ---- the server ------------------------------------------------------------------------------

LoopbackServer::LoopbackServer(Script script)
    : script_(std::move(script)), context_(nullptr, SSL_CTX_free) {
    listen_on_loopback();
}

LoopbackServer::LoopbackServer(Script script, const Certificate& certificate)
    : script_(std::move(script)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    must(context_ != nullptr);
    X509* made = make_certificate(certificate);
    authority_ = pem_of(made);
    must(SSL_CTX_use_certificate(context_.get(), made) == 1);
    must(SSL_CTX_use_PrivateKey(context_.get(), key()) == 1);
    X509_free(made);
    if (certificate.version_max != 0) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), certificate.version_max);
    }
    listen_on_loopback();
}

void LoopbackServer::listen_on_loopback() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    must(listener_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    must(::bind(listener_, generic, size) == 0 && ::listen(listener_, 1024) == 0 &&
         ::getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

void LoopbackServer::accept_all() {
    for (;;) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0)
            return;
        const int yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        ++connections_;
        const std::scoped_lock lock(mutex_);
        sockets_.insert(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void LoopbackServer::serve(int socket) {
    {
        // Of this thread only: that the client survives is part of what is tested.
        sigset_t sigpipe;
        sigemptyset(&sigpipe);
        sigaddset(&sigpipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
        SSL* tls = nullptr;
        if (context_) {
            tls = SSL_new(context_.get());
            SSL_set_fd(tls, socket);
        }
        Connection connection(socket, tls);
        if (!tls || SSL_accept(tls) == 1)
            script_(connection);
    }
    const std::scoped_lock lock(mutex_);
    sockets_.erase(socket);
    ::close(socket);
}

LoopbackServer::~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::scoped_lock lock(mutex_);
        for (const int socket : sockets_)
            ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_)
        thread.join();
}

std::string LoopbackServer::url() const {
    return (context_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_);
}

} // namespace elastiroll::test
