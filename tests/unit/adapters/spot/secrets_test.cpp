#include <doctest/doctest.h>

#include <adapters/spot/secrets.hpp>

#include <elastiroll/base/text.hpp>

namespace elastiroll::spot::secrets_test {

TEST_CASE("user data of a create is a secret, in Base64 and plain") {
    const std::string script = "#!/bin/sh\nexport PASSWORD=hunter2\n";
    const Document group = Document::object(
        {{"compute",
          Document::object({{"launchSpecification",
                             Document::object({{"userData", encode_base64(script)}})}})}});
    const auto secrets = spot::secrets_of(CreateGroupCall{group}, Secret("t0ken"));
    CHECK(seal("a " + encode_base64(script) + " b " + script + " t0ken", secrets) ==
          "a [redacted] b [redacted] [redacted]");
}

} // namespace elastiroll::spot::secrets_test
