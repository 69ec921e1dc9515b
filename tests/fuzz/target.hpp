#pragma once

#include <span>
#include <string>
#include <string_view>

namespace elastiroll::fuzz {

/// A parser of what others write, to be run over any bytes.
struct Target {
    std::string_view name{};
    /// The law that the parser broke over `bytes`; empty where it kept them all.
    std::string (*broken_law)(std::string_view bytes) = nullptr;
};

std::span<const Target> targets();

/// What no message may show: corpora have it where a secret stands.
constexpr std::string_view canary = "CANARY0SECRET";

/// The front of `bytes` as a number below `bound`, taken off them; 0 where they are empty. How a
/// target draws what is parsed as what.
std::size_t take_choice(std::string_view& bytes, std::size_t bound);

std::string broken_document_law(std::string_view bytes);
std::string broken_ini_law(std::string_view bytes);
std::string broken_spec_law(std::string_view bytes);
std::string broken_journal_law(std::string_view bytes);
std::string broken_spot_answer_law(std::string_view bytes);
std::string broken_spot_list_law(std::string_view bytes);
std::string broken_spot_credentials_law(std::string_view bytes);
std::string broken_xml_law(std::string_view bytes);
std::string broken_aws_answer_law(std::string_view bytes);
std::string broken_aws_credentials_law(std::string_view bytes);
std::string broken_aws_profiles_law(std::string_view bytes);
std::string broken_capi_law(std::string_view bytes);

} // namespace elastiroll::fuzz
