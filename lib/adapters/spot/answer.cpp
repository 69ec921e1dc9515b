#include "adapters/spot/answer.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace elastiroll::spot {
namespace {

/// A template with more mistakes than this is mended in more than one go; the limit keeps an error
/// from being as long as a hostile answer.
constexpr std::size_t errors_max = 20;

struct CodeRule {
    std::string_view code;
    std::string_view words; ///< has to be in the message too, where not empty
    ErrorCategory category;
};

/// What a 4xx means by its code. What is not listed is rejected: Spot understood and refused, and
/// would again.
constexpr std::array code_rules = {
    // spotinst/terraform-provider-spotinst takes it for "already deleted", in every resource.
    CodeRule{"GROUP_DOESNT_EXIST", "", ErrorCategory::not_found},
    // Seen for images that do not exist, are not shared with the account or are not ready.
    CodeRule{"CANT_VALIDATE_IMAGE", "", ErrorCategory::rejected},
    CodeRule{"ValidationError", "", ErrorCategory::rejected},
    // IAM is eventually consistent: a fresh instance profile is not seen everywhere for a minute.
    // Source: terraform-provider-spotinst retries a create with this answer for one minute.
    CodeRule{"InvalidParameterValue", "Invalid IAM Instance Profile", ErrorCategory::unavailable},
    // A 400 that is sometimes transient. Source: terraform-provider-spotinst retries it likewise.
    CodeRule{"CANT_CREATE_GROUP", "", ErrorCategory::unavailable},
};

ErrorCategory judge_error(const AnswerError& error) {
    for (const auto& rule : code_rules) {
        if (error.code == rule.code && error.message.find(rule.words) != std::string::npos)
            return rule.category;
    }
    return ErrorCategory::rejected;
}

/// An answer may name several failures. An absent group explains all others; a transient one is
/// worth waiting for only where nothing else is wrong.
ErrorCategory judge_errors(const std::vector<AnswerError>& errors) {
    const auto is = [](ErrorCategory category) {
        return [category](const AnswerError& error) { return judge_error(error) == category; };
    };
    if (std::ranges::any_of(errors, is(ErrorCategory::not_found)))
        return ErrorCategory::not_found;
    if (!errors.empty() && std::ranges::all_of(errors, is(ErrorCategory::unavailable)))
        return ErrorCategory::unavailable;
    return ErrorCategory::rejected;
}

void add_error(std::vector<AnswerError>& errors, const Document& error) {
    if (errors.size() >= errors_max)
        return;
    if (const auto text = error.as_string())
        errors.push_back({.message = std::string(*text)});
    else if (error.is_object())
        errors.push_back({.code = std::string(text_at(error, "code")),
                          .message = std::string(text_at(error, "message")),
                          .field = std::string(text_at(error, "field"))});
}

void add_errors(std::vector<AnswerError>& errors, const Document* found) {
    if (!found)
        return;
    if (const auto* list = found->as_array()) {
        for (const auto& error : *list)
            add_error(errors, error);
    } else {
        add_error(errors, *found);
    }
}

/// The places where a failure's words have been seen: `response.errors`, `response.data` (of a 429)
/// and, of gateways in front of Spot, `errors`, `error` and `message` without an envelope.
std::vector<AnswerError> errors_of(const Document& body) {
    std::vector<AnswerError> errors;
    add_errors(errors, body.find_path({"response", "errors"}));
    if (errors.empty())
        add_errors(errors, body.find_path({"response", "data"}));
    for (const auto* key : {"errors", "error", "message"}) {
        if (errors.empty())
            add_errors(errors, body.find(key));
    }
    return errors;
}

std::string request_id_of(const HttpResponse& response, const Document* body) {
    const Document* id = body ? body->find_path({"request", "id"}) : nullptr;
    if (id && id->as_string())
        return std::string(*id->as_string());
    return std::string(header_value(response.headers, "X-Request-Id"));
}

std::string shape_of(const HttpResponse& response) {
    if (response.body.empty())
        return "an empty body";
    const auto type = header_value(response.headers, "Content-Type");
    return fmt::format("{}, {}", type.empty() ? "no content type" : type,
                       count_of(static_cast<std::int64_t>(response.body.size()), "byte"));
}

int status_of(const HttpResponse& response, const Document& envelope) {
    const Document* code = envelope.find_path({"status", "code"});
    const auto told = code ? code->as_integer() : std::nullopt;
    const bool is_http_success = response.status >= 200 && response.status <= 299;
    if (!is_http_success || !told || (*told >= 200 && *told <= 299))
        return response.status;
    // What is no status at all reads as 0, which no rule takes for an answer.
    return *told > 299 && *told <= 599 ? static_cast<int>(*told) : 0;
}

std::optional<Document::Array> take_items(Document& envelope) {
    Document* items = envelope.find("items");
    if (auto* list = items ? items->as_array() : nullptr)
        return std::move(*list);
    // An absent list would read as "no groups" or "no instances", on which deletions rest. It means
    // that only where Spot says so.
    const Document* count = envelope.find("count");
    const bool is_empty = count && count->as_integer() == 0;
    if (is_empty && (!items || items->is_null()))
        return Document::Array{};
    return std::nullopt;
}

std::string_view advice_for(ErrorCategory category, bool is_from_spot) noexcept {
    switch (category) {
    case ErrorCategory::unauthenticated:
        return "check the Spot token, and that it may use this account";
    case ErrorCategory::permission_denied:
        return "let the token's user do this in Spot, or use another token";
    case ErrorCategory::not_found:
        return "see whether it was deleted or belongs to another account";
    case ErrorCategory::throttled: return "wait until the rate limit resets";
    case ErrorCategory::unavailable: return "try again later";
    case ErrorCategory::rejected: return "mend what Spot names and try again";
    case ErrorCategory::protocol:
        return is_from_spot ? "report this with the request id"
                            : "see whether the base URL or a proxy leads elsewhere";
    case ErrorCategory::invalid_argument:
    case ErrorCategory::conflict:
    case ErrorCategory::timeout:
    case ErrorCategory::drift:
    case ErrorCategory::lock_held:
    case ErrorCategory::cancelled:
    case ErrorCategory::internal: break;
    }
    return "report this";
}

std::string words_of(const std::vector<AnswerError>& errors) {
    std::vector<std::string> words;
    for (const auto& error : errors) {
        if (!error.message.empty())
            words.push_back(error.message);
    }
    return join(words, "; ");
}

std::string first_code(const std::vector<AnswerError>& errors) {
    const auto found =
        std::ranges::find_if(errors, [](const AnswerError& error) { return !error.code.empty(); });
    return found == errors.end() ? std::string{} : found->code;
}

std::vector<ErrorDetail> details_of(const std::vector<AnswerError>& errors) {
    std::vector<ErrorDetail> details;
    for (const auto& error : errors) {
        if (!error.field.empty())
            details.push_back({.path = error.field, .message = error.message});
    }
    return details;
}

std::string what_happened(const Answer& answer, const RemoteError& remote) {
    std::string text = answer.is_enveloped
                           ? fmt::format("Spot answered {}", answer.status)
                           : fmt::format("an answer {} that is not of Spot's API ({})",
                                         answer.status, answer.shape);
    if (!remote.code.empty())
        text += ' ' + remote.code;
    if (!remote.message.empty())
        text += ": " + remote.message;
    return text;
}

} // namespace

Answer read_answer(const HttpResponse& response) { return read_answer(response, response.body); }

Answer read_answer(const HttpResponse& response, std::string_view text) {
    Answer answer{.status = response.status, .shape = shape_of(response)};
    auto body = parse_document(text);
    answer.request_id = request_id_of(response, body ? &*body : nullptr);
    if (!body)
        return answer;
    answer.errors = errors_of(*body);
    Document* envelope = body->find("response");
    if (!envelope || !envelope->is_object())
        return answer;
    answer.is_enveloped = true;
    answer.status = status_of(response, *envelope);
    if (answer.is_success())
        answer.items = take_items(*envelope);
    return answer;
}

ErrorCategory judge(const Answer& answer) {
    const int status = answer.status;
    if (status == 401) // Spot's answer to a token of another account too
        return ErrorCategory::unauthenticated;
    if (status == 403)
        return ErrorCategory::permission_denied;
    if (status == 429)
        return ErrorCategory::throttled;
    if (status < 400 || status > 599)
        return ErrorCategory::protocol;
    if (judge_errors(answer.errors) == ErrorCategory::not_found)
        return ErrorCategory::not_found;
    if (status >= 500 || status == 408)
        return ErrorCategory::unavailable;
    // Another server's 404 must not be taken for "the group is gone".
    if (status == 404)
        return answer.is_enveloped ? ErrorCategory::not_found : ErrorCategory::protocol;
    return judge_errors(answer.errors);
}

Error failure_of(const SpotCall& call, const Answer& answer) {
    const ErrorCategory category = judge(answer);
    RemoteError remote{.http_status = answer.status,
                       .code = first_code(answer.errors),
                       .message = words_of(answer.errors),
                       .request_id = answer.request_id};
    return Error{
        .category = category,
        .message = fmt::format("cannot {}: {}; {}", describe(call), what_happened(answer, remote),
                               advice_for(category, answer.is_enveloped)),
        .details = details_of(answer.errors),
        .remote = std::move(remote),
    };
}

Error unusable(const SpotCall& call, const Answer& answer, const Error& why) {
    return Error{
        .category = why.category,
        .message = fmt::format("cannot {}: Spot's answer is of no use: {}; {}", describe(call),
                               why.message, advice_for(why.category, true)),
        .details = why.details,
        .remote = RemoteError{.http_status = answer.status, .request_id = answer.request_id},
    };
}

} // namespace elastiroll::spot
