#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <string>

namespace elastiroll::laws {

/// What the person does who is asked at gates.
enum class Person : std::uint8_t { approves, refuses, is_away };

/// A deployment and the world that it meets: all that a seed decides.
struct Case {
    std::uint64_t seed = 0;
    Document scenario{};
    Document document{}; ///< that `spec` was resolved from
    DeploymentSpec spec{};
    DeploymentId deployment{};
    Person person = Person::approves;
    std::string new_name{};      ///< what the new group has to be called
    std::string previous_name{}; ///< of the group that serves; empty where there is none
    /// No fault, nobody else, nothing that happens at a certain time: the end of a run does not
    /// depend on when it does what.
    bool is_calm = true;
};

/// Ends the program where it makes a document that is none: that is a mistake of ours.
Case generate(std::uint64_t seed);

} // namespace elastiroll::laws
