#include "handles.hpp"

#include <utility>

// NOLINTBEGIN(google-build-using-namespace): a file of C functions
using namespace elastiroll;
using namespace elastiroll::capi;
// NOLINTEND(google-build-using-namespace)

namespace {

constexpr const char* own_user_agent = "elastiroll-c/" ELASTIROLL_VERSION;

Result<ClientConfig> read_config(const elr_client_options& options,
                                 Hook<elr_credentials_fn> credentials) {
    if (options.reserved != 0)
        return invalid("options->reserved is not 0");
    ClientConfig config{.uses_environment = options.uses_environment != 0,
                        .credentials = std::move(credentials)};
    if (options.cloud)
        config.cloud = options.cloud->shared;
    std::string token;
    std::string secret;
    std::string session;
    TextReader reader;
    reader.read("options->sim_url", options.sim_url, config.sim_url);
    reader.read("options->spot_token", options.spot_token, token);
    reader.read("options->spot_base_url", options.spot_base_url, config.spot_base_url);
    reader.read("options->aws_access_key_id", options.aws_access_key_id, config.aws_access_key_id);
    reader.read("options->aws_secret_access_key", options.aws_secret_access_key, secret);
    reader.read("options->aws_session_token", options.aws_session_token, session);
    reader.read("options->aws_endpoint_url", options.aws_endpoint_url, config.aws_endpoint_url);
    reader.read("options->ca_bundle", options.ca_bundle, config.ca_bundle);
    reader.read("options->https_proxy", options.https_proxy, config.https_proxy);
    reader.read("options->http_proxy", options.http_proxy, config.http_proxy);
    reader.read("options->no_proxy", options.no_proxy, config.no_proxy);
    reader.read("options->user_agent", options.user_agent, config.user_agent);
    if (auto read = std::move(reader).result(); !read)
        return Unexpected(std::move(read).error());
    if (config.aws_access_key_id.empty() != secret.empty())
        return invalid("of options->aws_access_key_id and aws_secret_access_key only one is given");
    config.spot_token = Secret(std::move(token));
    config.aws_secret_access_key = Secret(std::move(secret));
    config.aws_session_token = Secret(std::move(session));
    for (std::string* url : {&config.sim_url, &config.spot_base_url, &config.aws_endpoint_url}) {
        while (url->ends_with('/'))
            url->pop_back();
    }
    config.user_agent +=
        config.user_agent.empty() ? own_user_agent : std::string(" ") + own_user_agent;
    return config;
}

} // namespace

elr_status elr_client_new(const elr_client_options* options, elr_client** client_out,
                          elr_error** error_out) {
    clear(client_out);
    return guard(error_out, [&]() -> Result<void> {
        const auto known = read_options("options", options);
        if (!known)
            return Unexpected(known.error());
        Hook<elr_credentials_fn> credentials(known->credentials, known->credentials_data,
                                             known->credentials_data_free);
        if (auto given = require({{"client_out", client_out}}); !given)
            return given;
        auto config = read_config(*known, std::move(credentials));
        if (!config)
            return Unexpected(std::move(config).error());
        *client_out =
            make_handle<elr_client>(std::make_shared<const ClientConfig>(*std::move(config)));
        return {};
    });
}

void elr_client_free(elr_client* client) { free_handle(client); }
