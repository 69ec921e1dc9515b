#include "adapters/spot/secrets.hpp"

#include <elastiroll/base/text.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace elastiroll::spot {
namespace {

/// A shorter text is no secret worth its price: `[redacted]` in the place of every `a`.
constexpr std::size_t script_bytes_min = 8;
/// Of what somebody has called a secret.
constexpr std::size_t secret_bytes_min = 4;

void add_script(Secrets& secrets, const Document& group, std::string_view key) {
    const Document* script = group.find_path({"compute", "launchSpecification", key});
    const auto text = script ? script->as_string() : std::nullopt;
    if (!text || text->size() < script_bytes_min)
        return;
    secrets.emplace_back(*text);
    if (auto plain = decode_base64(*text); plain && plain->size() >= script_bytes_min)
        secrets.push_back(std::move(*plain));
}

} // namespace

Secrets secrets_of(const SpotCall& call, const Secret& token) {
    Secrets secrets;
    if (!token.empty())
        secrets.push_back(token.reveal());
    if (const auto* create = std::get_if<CreateGroupCall>(&call)) {
        add_script(secrets, create->group, "userData");
        add_script(secrets, create->group, "shutdownScript");
        std::ranges::copy_if(create->secrets, std::back_inserter(secrets),
                             [](const std::string& one) { return one.size() >= secret_bytes_min; });
    }
    return secrets;
}

} // namespace elastiroll::spot
