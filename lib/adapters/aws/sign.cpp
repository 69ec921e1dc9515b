#include "adapters/aws/sign.hpp"

#include <elastiroll/base/text.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>

namespace elastiroll::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
/// Keys kept: services times regions of one day. More means that days or credentials have changed.
constexpr std::size_t keys_max = 32;

// ---- SHA-256 and HMAC ------------------------------------------------------------------------

constexpr std::size_t digest_size = 32;
constexpr std::size_t block_size = 64; ///< of SHA-256, in bytes
using Digest = std::array<unsigned char, digest_size>;

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

/// Looked up once: EVP_sha256() is looked up anew with every use, which costs more than hashing.
const EVP_MD* sha256() {
    static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
}

/// OpenSSL fails here only without memory, or without SHA-256, which a build that may not use it
/// (none is known) would lack.
void must(int result) {
    if (result != 1)
        throw std::bad_alloc();
}

Context new_context() {
    Context context(EVP_MD_CTX_new());
    must(context != nullptr && EVP_DigestInit_ex(context.get(), sha256(), nullptr) == 1 ? 1 : 0);
    return context;
}

Digest finish(EVP_MD_CTX& context) {
    Digest digest{};
    must(EVP_DigestFinal_ex(&context, digest.data(), nullptr));
    return digest;
}

/// In one context, since making one costs as much as hashing a short text.
Digest hash(EVP_MD_CTX& context, std::string_view text) {
    must(EVP_DigestInit_ex(&context, nullptr, nullptr));
    must(EVP_DigestUpdate(&context, text.data(), text.size()));
    return finish(context);
}

void append_hex(std::string& out, const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, digest_size * 2> text{};
    for (std::size_t i = 0; i < digest_size; ++i) {
        text[2 * i] = digits[digest[i] >> 4U];
        text[2 * i + 1] = digits[digest[i] & 0xFU];
    }
    out.append(text.data(), text.size());
}

std::string hex(const Digest& digest) {
    std::string text;
    append_hex(text, digest);
    return text;
}

/// HMAC (RFC 2104) with a key whose two blocks are hashed once for all messages.
class Hmac {
public:
    explicit Hmac(std::span<const unsigned char> key)
        : inner_(new_context()), outer_(new_context()), work_(EVP_MD_CTX_new()) {
        std::array<unsigned char, block_size> block{};
        if (key.size() > block.size()) {
            const Digest digest =
                hash(*new_context(), {reinterpret_cast<const char*>(key.data()), key.size()});
            std::ranges::copy(digest, block.begin());
        } else {
            std::ranges::copy(key, block.begin());
        }
        absorb(*inner_, block, 0x36);
        absorb(*outer_, block, 0x5c);
    }

    Digest operator()(std::string_view message) const {
        must(EVP_MD_CTX_copy_ex(work_.get(), inner_.get()));
        must(EVP_DigestUpdate(work_.get(), message.data(), message.size()));
        const Digest inner = finish(*work_);
        must(EVP_MD_CTX_copy_ex(work_.get(), outer_.get()));
        must(EVP_DigestUpdate(work_.get(), inner.data(), inner.size()));
        return finish(*work_);
    }

private:
    static void absorb(EVP_MD_CTX& context, std::array<unsigned char, block_size> block,
                       unsigned char pad) {
        for (unsigned char& byte : block)
            byte = static_cast<unsigned char>(byte ^ pad);
        must(EVP_DigestUpdate(&context, block.data(), block.size()));
    }

    Context inner_;
    Context outer_;
    Context work_;
};

// ---- the canonical request -------------------------------------------------------------------

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (is_unreserved(c)) {
        out += c;
        return;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
}

int hex_value(char c) noexcept {
    if (is_digit(c))
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The text in the one form that is signed: what was escaped and need not be is not, and the other
/// way round.
std::string reencoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (!is_escape) {
            append_encoded(out, text[i]);
            continue;
        }
        append_encoded(out,
                       static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
        i += 2;
    }
    return out;
}

struct UrlParts {
    std::string_view scheme{};
    std::string_view host{};
    std::string_view path{};
    std::string_view query{};
};

UrlParts split(std::string_view url) {
    UrlParts parts;
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        parts.scheme = url.substr(0, scheme);
        url.remove_prefix(scheme + 3);
    }
    url = url.substr(0, url.find('#'));
    parts.host = url.substr(0, url.find_first_of("/?"));
    url.remove_prefix(parts.host.size());
    const auto question = url.find('?');
    parts.path = url.substr(0, question);
    if (question != std::string_view::npos)
        parts.query = url.substr(question + 1);
    return parts;
}

/// As an HTTP client writes the Host header: without a port that goes without saying.
std::string_view host_of(const UrlParts& parts) {
    const std::string_view usual = parts.scheme == "http" ? ":80" : ":443";
    return parts.host.ends_with(usual) ? parts.host.substr(0, parts.host.size() - usual.size())
                                       : parts.host;
}

/// RFC 3986, 5.2.4, but that a dot at the end leaves no slash, and empty segments fall away: as
/// botocore does it.
std::string normalised(std::string_view path) {
    std::vector<std::string_view> segments;
    const bool ends_open = path.ends_with('/');
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (segment == "..") {
            if (!segments.empty())
                segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
    }
    std::string out = "/";
    for (const std::string_view segment : segments) {
        out += segment;
        out += '/';
    }
    if (!ends_open && out.size() > 1)
        out.pop_back();
    return out;
}

/// The path as it goes over the wire, escaped once more.
void append_path(std::string& out, std::string_view path, bool normalises) {
    if (path.empty() || path == "/") {
        out += '/';
        return;
    }
    const std::string whole = normalises ? normalised(path) : std::string(path);
    for (const char c : whole) {
        if (c == '/')
            out += c;
        else
            append_encoded(out, c);
    }
}

void append_query(std::string& out, std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty())
            continue;
        const auto equals = pair.find('=');
        parameters.emplace_back(
            reencoded(pair.substr(0, equals)),
            equals == std::string_view::npos ? std::string() : reencoded(pair.substr(equals + 1)));
    }
    std::ranges::sort(parameters);
    for (const auto& [name, value] : parameters) {
        if (&name != &parameters.front().first)
            out += '&';
        out += name;
        out += '=';
        out += value;
    }
}

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Without an early end, so that compilers look at many characters at once: tokens are long.
bool has_space(std::string_view text) noexcept {
    unsigned found = 0;
    for (const char c : text)
        found |= static_cast<unsigned>(is_space(c));
    return found != 0;
}

/// Trimmed, with one space for any white space inside.
void append_folded(std::string& out, std::string_view value) {
    if (!has_space(value)) {
        out += value;
        return;
    }
    bool is_first = true;
    while (!value.empty()) {
        const auto begin = std::ranges::find_if_not(value, is_space);
        const auto end = std::find_if(begin, value.end(), is_space);
        if (begin != end && !is_first)
            out += ' ';
        out.append(begin, end);
        is_first = is_first && begin == end;
        value.remove_prefix(static_cast<std::size_t>(end - value.begin()));
    }
}

/// Proxies and HTTP libraries change these.
bool is_signed(std::string_view name) {
    constexpr std::array<std::string_view, 7> unsigned_names = {
        "authorization", "connection", "expect",         "transfer-encoding",
        "upgrade",       "user-agent", "x-amzn-trace-id"};
    return std::ranges::find(unsigned_names, name) == unsigned_names.end();
}

struct CanonicalHeaders {
    std::string lines{}; ///< `host:example.com\n...`
    std::string names{}; ///< `host;x-amz-date`
};

CanonicalHeaders canonical_headers(const HttpRequest& request, std::string_view host) {
    using Header = std::pair<std::string, std::string_view>;
    std::vector<Header> headers; // by name, those of one name in their order
    headers.reserve(request.headers.size() + 1);
    std::size_t size = 0;
    const auto insert = [&](std::string name, std::string_view value) {
        size += name.size() + value.size() + 2;
        const auto at = std::ranges::upper_bound(headers, name, {}, &Header::first);
        headers.emplace(at, std::move(name), value);
    };
    bool has_host = false;
    for (const auto& [name, value] : request.headers) {
        std::string lower = to_lower(name);
        has_host = has_host || lower == "host";
        if (is_signed(lower))
            insert(std::move(lower), value);
    }
    if (!has_host)
        insert("host", host);
    CanonicalHeaders canonical;
    canonical.lines.reserve(size);
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto& [name, value] = headers[i];
        const bool is_repeated = i > 0 && headers[i - 1].first == name;
        if (is_repeated) {
            canonical.lines.back() = ','; // in the place of the line feed
        } else {
            canonical.names += canonical.names.empty() ? "" : ";";
            canonical.names += name;
            canonical.lines += name;
            canonical.lines += ':';
        }
        append_folded(canonical.lines, value);
        canonical.lines += '\n';
    }
    return canonical;
}

std::string canonical_text(const HttpRequest& request, const UrlParts& parts,
                           const CanonicalHeaders& headers, std::string_view body_hash,
                           const SigningOptions& options) {
    std::string out;
    out.reserve(request.url.size() + headers.lines.size() + headers.names.size() + 128);
    out += request.method;
    out += '\n';
    append_path(out, parts.path, options.normalises_path);
    out += '\n';
    append_query(out, parts.query);
    out += '\n';
    out += headers.lines;
    out += '\n';
    out += headers.names;
    out += '\n';
    out += body_hash;
    return out;
}

/// `20150830T123600Z`.
std::string basic_time(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::string text;
    const auto append = [&](auto number, int digits) {
        std::array<char, 4> reversed{};
        auto rest = static_cast<unsigned>(number);
        for (int i = digits - 1; i >= 0; --i, rest /= 10)
            reversed.at(static_cast<std::size_t>(i)) = static_cast<char>('0' + rest % 10);
        text.append(reversed.data(), static_cast<std::size_t>(digits));
    };
    append(static_cast<int>(date.year()), 4);
    append(static_cast<unsigned>(date.month()), 2);
    append(static_cast<unsigned>(date.day()), 2);
    text += 'T';
    append(clock.hours().count(), 2);
    append(clock.minutes().count(), 2);
    append(clock.seconds().count(), 2);
    text += 'Z';
    return text;
}

/// The texts one after another, in one allocation.
std::string joined(std::initializer_list<std::string_view> texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts)
        size += text.size();
    std::string out;
    out.reserve(size);
    for (const std::string_view text : texts)
        out += text;
    return out;
}

std::span<const unsigned char> bytes_of(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

} // namespace

std::string canonical_request(const HttpRequest& request, const SigningOptions& options) {
    const UrlParts parts = split(request.url);
    return canonical_text(request, parts, canonical_headers(request, host_of(parts)),
                          hex(hash(*new_context(), request.body)), options);
}

// ---- signing ---------------------------------------------------------------------------------

struct Signer::Key {
    std::string date{};
    std::string region{};
    std::string service{};
    Secret secret{};
    std::string scope{}; ///< `20150830/us-east-1/iam/aws4_request`
    Hmac hmac;
};

struct Signer::Hashing {
    Context context = new_context();
};

Signer::Signer() : hashing_(std::make_unique<Hashing>()) {}
Signer::~Signer() = default;

const Signer::Key& Signer::key_for(const Secret& secret, std::string_view date,
                                   const SigningScope& scope) {
    const auto found = std::ranges::find_if(keys_, [&](const auto& key) {
        return key->date == date && key->region == scope.region && key->service == scope.service &&
               key->secret == secret;
    });
    if (found != keys_.end())
        return **found;
    if (keys_.size() >= keys_max)
        keys_.clear();
    const Secret first("AWS4" + secret.reveal());
    Digest digest = Hmac(bytes_of(first.reveal()))(date);
    digest = Hmac(digest)(scope.region);
    digest = Hmac(digest)(scope.service);
    digest = Hmac(digest)("aws4_request");
    keys_.push_back(std::make_unique<Key>(
        Key{.date = std::string(date),
            .region = std::string(scope.region),
            .service = std::string(scope.service),
            .secret = secret,
            .scope = joined({date, "/", scope.region, "/", scope.service, "/aws4_request"}),
            .hmac = Hmac(digest)}));
    return *keys_.back();
}

void Signer::sign(HttpRequest& request, const Credentials& credentials, const SigningScope& scope,
                  TimePoint now, const SigningOptions& options) {
    EVP_MD_CTX& hashing = *hashing_->context;
    const std::string time = basic_time(now);
    const std::string body_hash = hex(hash(hashing, request.body));
    const auto add_token = [&] {
        if (!credentials.session_token.empty())
            request.headers.emplace_back("X-Amz-Security-Token",
                                         credentials.session_token.reveal());
    };
    request.headers.reserve(request.headers.size() + 4);
    request.headers.emplace_back("X-Amz-Date", time);
    if (options.signs_session_token)
        add_token();
    if (options.sends_body_hash)
        request.headers.emplace_back("X-Amz-Content-Sha256", body_hash);
    const UrlParts parts = split(request.url);
    const CanonicalHeaders headers = canonical_headers(request, host_of(parts));
    const Digest canonical =
        hash(hashing, canonical_text(request, parts, headers, body_hash, options));
    const Key& key = key_for(credentials.secret_access_key, time.substr(0, 8), scope);
    std::string to_sign = joined({algorithm, "\n", time, "\n", key.scope, "\n"});
    append_hex(to_sign, canonical);
    const std::string signature = hex(key.hmac(to_sign));
    request.headers.emplace_back(
        "Authorization",
        joined({algorithm, " Credential=", credentials.access_key_id, "/", key.scope,
                ", SignedHeaders=", headers.names, ", Signature=", signature}));
    if (!options.signs_session_token)
        add_token();
}

} // namespace elastiroll::aws
