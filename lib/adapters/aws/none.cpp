#include <elastiroll/adapters/aws.hpp>

namespace elastiroll::aws {

// A build without OpenSSL or pugixml.

CredentialProvider::~CredentialProvider() = default;

std::unique_ptr<CredentialProvider> make_credential_chain(ChainOptions, Surroundings) {
    return nullptr;
}
std::unique_ptr<CredentialProvider> make_static_credentials(Credentials) { return nullptr; }
Region region_of(const ChainOptions& options, const Surroundings&) { return options.region; }
Endpoints endpoints_of(const ChainOptions&, const Surroundings&) { return {}; }
std::unique_ptr<CallClient> make_client(const ClientOptions&) { return nullptr; }

} // namespace elastiroll::aws
