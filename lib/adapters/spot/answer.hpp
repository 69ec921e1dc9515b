#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/error.hpp>
#include <elastiroll/ports/http.hpp>
#include <elastiroll/ports/spot_call.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::spot {

/// One of the failures that an answer names. Only the message is promised by Spot's OpenAPI
/// (errorModel.yaml), and a 429 has not even that.
struct AnswerError {
    std::string code{};
    std::string message{};
    std::string field{}; ///< the path of the offending member, as Spot writes it

    bool operator==(const AnswerError&) const = default;
};

/// A response taken apart, not yet judged.
struct Answer {
    /// HTTP's status; the envelope's where HTTP says 2xx and the envelope does not.
    int status = 0;
    /// Whether the body is Spot's envelope. Where it is not, a proxy, a login page or another
    /// server answered, or the answer was cut off.
    bool is_enveloped = false;
    std::string request_id{};
    std::vector<AnswerError> errors{};
    std::optional<Document::Array> items{}; ///< empty where there is no such list
    std::string shape{};                    ///< for people: `text/html, 512 bytes`

    bool is_success() const noexcept { return status >= 200 && status <= 299; }
};

Answer read_answer(const HttpResponse& response);
/// The same with `text` in the place of the response's.
Answer read_answer(const HttpResponse& response, std::string_view text);

/// What the caller of an answer that is no success can do, by status and, for 4xx, by code.
ErrorCategory judge(const Answer& answer);

/// The failure that `answer` is, for people and machines.
Error failure_of(const SpotCall& call, const Answer& answer);

/// The failure to use `answer`, which claims success; `why` says what is wrong with it.
Error unusable(const SpotCall& call, const Answer& answer, const Error& why);

} // namespace elastiroll::spot
