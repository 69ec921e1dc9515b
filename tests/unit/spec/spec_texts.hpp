#pragma once

#include <string_view>

// The documents that the tests read, put into the binary by Meson.
namespace elastiroll::test {

std::string_view bad_documents_json() noexcept; ///< tests/unit/spec/bad_documents.json
std::string_view schema_json() noexcept;        ///< docs/schema/spec.schema.json

// docs/examples/
std::string_view canary_json() noexcept;
std::string_view classic_json() noexcept;
std::string_view classic_group_json() noexcept;
std::string_view minimal_json() noexcept;
std::string_view overrides_json() noexcept;
std::string_view settings_ini() noexcept;
std::string_view user_data_sh() noexcept;
std::string_view worker_group_json() noexcept;

} // namespace elastiroll::test
