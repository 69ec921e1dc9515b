#include "adapters/aws/codec.hpp"
#include "adapters/aws/xml.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace elastiroll::aws {
namespace {

struct CodeRule {
    std::string_view code;
    ErrorCategory category;
    Mending mending = Mending::none;
};

using enum ErrorCategory;

/// What the services' codes mean to us. One table for all: no two services give a code different
/// meanings. Sources: the "Common errors" and "Errors" sections of each API reference; for what is
/// throttled or passing, the AWS SDKs' "standard" retry mode.
constexpr std::array code_rules = {
    // Too many calls.
    CodeRule{"BandwidthLimitExceeded", throttled},
    CodeRule{"EC2ThrottledException", throttled},
    CodeRule{"LimitExceededException", throttled},
    CodeRule{"PriorRequestNotComplete", throttled},
    CodeRule{"ProvisionedThroughputExceededException", throttled},
    CodeRule{"RequestLimitExceeded", throttled},
    CodeRule{"RequestThrottled", throttled},
    CodeRule{"RequestThrottledException", throttled},
    CodeRule{"SlowDown", throttled},
    CodeRule{"ThrottledException", throttled},
    CodeRule{"Throttling", throttled},
    CodeRule{"ThrottlingException", throttled},
    CodeRule{"TooManyRequestsException", throttled},
    CodeRule{"TransactionInProgressException", throttled},
    // Passing.
    CodeRule{"IDPCommunicationError", unavailable},
    CodeRule{"InternalError", unavailable},
    CodeRule{"InternalFailure", unavailable},
    CodeRule{"InternalServerError", unavailable},
    CodeRule{"RequestTimeout", unavailable},
    CodeRule{"RequestTimeoutException", unavailable},
    CodeRule{"ServiceUnavailable", unavailable},
    CodeRule{"Unavailable", unavailable},
    // Who we are is not known (any more).
    CodeRule{"AuthFailure", unauthenticated, Mending::credentials},
    CodeRule{"ExpiredToken", unauthenticated, Mending::credentials},
    CodeRule{"ExpiredTokenException", unauthenticated, Mending::credentials},
    CodeRule{"IncompleteSignature", unauthenticated},
    CodeRule{"InvalidClientTokenId", unauthenticated, Mending::credentials},
    CodeRule{"InvalidIdentityToken", unauthenticated},
    CodeRule{"MissingAuthenticationToken", unauthenticated},
    CodeRule{"MissingAuthenticationTokenException", unauthenticated},
    CodeRule{"NotAuthorized", unauthenticated},
    CodeRule{"UnauthorizedException", unauthenticated, Mending::credentials},
    CodeRule{"UnrecognizedClientException", unauthenticated, Mending::credentials},
    // The clock, or a wrong secret: the client sees whether the answer's Date explains it.
    CodeRule{"InvalidSignatureException", unauthenticated, Mending::clock},
    CodeRule{"RequestExpired", unauthenticated, Mending::clock},
    CodeRule{"RequestTimeTooSkewed", unauthenticated, Mending::clock},
    CodeRule{"SignatureDoesNotMatch", unauthenticated, Mending::clock},
    // What we may not do.
    CodeRule{"AccessDenied", permission_denied},
    CodeRule{"AccessDeniedException", permission_denied},
    CodeRule{"ForbiddenException", permission_denied},
    CodeRule{"OptInRequired", permission_denied},
    CodeRule{"UnauthorizedOperation", permission_denied},
    // What is not there. Other codes that end in NotFound mean the same.
    CodeRule{"NoSuchEntity", not_found},
    CodeRule{"ParameterVersionNotFound", not_found},
    CodeRule{"ResourceNotFoundException", not_found},
    // What would succeed later or never is told by the service's words.
    CodeRule{"OperationNotPermitted", rejected},
};

/// What was said, by whichever protocol.
struct Words {
    std::string code{};
    std::string message{};
    std::string request_id{};
    bool is_of_aws = false;
};

std::string text_of(const Document* document) {
    return document ? std::string(document->as_string().value_or("")) : std::string();
}

std::string first_text(const Document& object, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
        if (std::string text = text_of(object.find(key)); !text.empty())
            return text;
    }
    return {};
}

/// `com.amazonaws.ssm#ParameterNotFound` and `ParameterNotFound:http://...` are ParameterNotFound.
std::string bare_code(std::string_view code) {
    code = code.substr(0, code.find(':'));
    const auto hash = code.rfind('#');
    return std::string(hash == std::string_view::npos ? code : code.substr(hash + 1));
}

Words words_of_json(const HttpResponse& response, const Document& body) {
    Words words;
    const auto header = header_value(response.headers, "x-amzn-ErrorType");
    words.code = bare_code(header.empty() ? first_text(body, {"__type", "code", "Code"})
                                          : std::string(header));
    words.message = first_text(body, {"message", "Message"});
    words.is_of_aws = !words.code.empty();
    return words;
}

/// `ErrorResponse.Error` of the query APIs, `Response.Errors.Error` of EC2; a mixture of both of
/// moto, which others test against.
Words words_of_xml(const Document& body) {
    Words words;
    const Document* error = body.find_path({"ErrorResponse", "Error"});
    if (!error)
        error = body.find_path({"Response", "Errors", "Error"});
    if (!error)
        error = body.find_path({"ErrorResponse", "Errors", "Error"});
    if (!error)
        return words;
    words.code = first_text(*error, {"Code"});
    words.message = first_text(*error, {"Message"});
    words.request_id = text_of(body.find_path({"ErrorResponse", "RequestId"}));
    if (words.request_id.empty())
        words.request_id = text_of(body.find_path({"Response", "RequestID"}));
    words.is_of_aws = !words.code.empty();
    return words;
}

Words words_of(const HttpResponse& response) {
    Words words;
    if (response.body.starts_with('{')) {
        if (const auto body = parse_document(response.body))
            words = words_of_json(response, *body);
    } else if (const auto body = parse_xml(response.body)) {
        words = words_of_xml(*body);
    }
    if (words.request_id.empty())
        words.request_id = header_value(response.headers, "x-amzn-RequestId");
    return words;
}

CodeRule rule_for(const Words& words, int status) {
    for (const CodeRule& rule : code_rules) {
        if (rule.code == words.code)
            return rule;
    }
    if (words.code.ends_with("NotFound") || words.code.ends_with("NotFoundException") ||
        words.code.ends_with("NotFoundFault"))
        return {"", not_found};
    if (status == 429)
        return {"", throttled};
    if (status >= 500 || status == 408)
        return {"", unavailable};
    if (!words.is_of_aws)
        return {"", protocol};
    if (status == 401)
        return {"", unauthenticated};
    return {"", status == 403 ? permission_denied : rejected};
}

std::string_view advice_for(ErrorCategory category) noexcept {
    switch (category) {
    case unauthenticated: return "check or renew the AWS credentials";
    case permission_denied: return "permit this to the AWS credentials";
    case not_found: return "see whether it was deleted, or is in another account or region";
    case throttled:
    case unavailable: return "try again later";
    case rejected: return "mend what AWS names and try again";
    case protocol: return "see whether the endpoint or a proxy leads elsewhere";
    case invalid_argument:
    case conflict:
    case timeout:
    case drift:
    case lock_held:
    case cancelled:
    case internal: break;
    }
    return "report this";
}

} // namespace

Failure failure_of(std::string_view doing, const HttpResponse& response) {
    Words words = words_of(response);
    const CodeRule rule = rule_for(words, response.status);
    std::string happened =
        words.is_of_aws ? fmt::format("AWS answered {} {}", response.status, words.code)
                        : fmt::format("an answer {} that is not of AWS's API ({})", response.status,
                                      count_of(std::ssize(response.body), "byte"));
    if (!words.message.empty())
        happened += ": " + words.message;
    const bool is_refusal =
        response.status >= 400 && response.status <= 499 && rule.category != unavailable;
    Failure failure{.is_effect_known = is_refusal || rule.category == throttled,
                    .mending = rule.mending};
    failure.error = {
        .category = rule.category,
        .message = fmt::format("cannot {}: {}; {}", doing, happened, advice_for(rule.category)),
        .remote = RemoteError{.http_status = response.status,
                              .code = std::move(words.code),
                              .message = std::move(words.message),
                              .request_id = std::move(words.request_id)}};
    return failure;
}

} // namespace elastiroll::aws
