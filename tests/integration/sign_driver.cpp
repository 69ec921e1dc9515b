// Signs the requests that it reads, one JSON object a line, for signing_test.py.

#include "adapters/aws/sign.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/text.hpp>

#include <iostream>
#include <string>

using namespace elastiroll;

namespace {

std::string text(const Document& object, const char* key) {
    const Document* found = object.find(key);
    return found ? std::string(found->as_string().value_or("")) : std::string();
}

bool flag(const Document& object, const char* key, bool otherwise) {
    const Document* found = object.find(key);
    return found ? found->as_boolean().value_or(otherwise) : otherwise;
}

HttpRequest request_of(const Document& line) {
    HttpRequest request{.method = text(line, "method"),
                        .url = text(line, "url"),
                        .body = decode_base64(text(line, "body")).value_or("")};
    for (const Document& header : *line.find("headers")->as_array())
        request.headers.emplace_back(*header.as_array()->at(0).as_string(),
                                     *header.as_array()->at(1).as_string());
    return request;
}

} // namespace

int main() {
    aws::Signer signer;
    for (std::string input; std::getline(std::cin, input);) {
        const auto line = parse_document(input);
        if (!line) {
            std::cerr << to_string(line.error()) << '\n';
            return 1;
        }
        HttpRequest request = request_of(*line);
        const aws::Credentials credentials{.access_key_id = text(*line, "access_key_id"),
                                           .secret_access_key = Secret(text(*line, "secret")),
                                           .session_token = Secret(text(*line, "token"))};
        const std::string region = text(*line, "region");
        const std::string service = text(*line, "service");
        signer.sign(request, credentials, {region, service},
                    parse_time(text(*line, "time")).value(),
                    {.normalises_path = flag(*line, "normalises_path", true),
                     .sends_body_hash = flag(*line, "sends_body_hash", false),
                     .signs_session_token = flag(*line, "signs_session_token", true)});
        std::cout << to_text(Document::object(
                         {{"authorization",
                           std::string(header_value(request.headers, "Authorization"))}}))
                  << '\n';
    }
}
