#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/model/identifiers.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::laws {

/// What the person does who is asked at gates.
enum class Person : std::uint8_t { approves, refuses, is_away };

/// A deployment and the world that it meets: all that a seed decides.
struct Case {
    std::uint64_t seed = 0;
    Document scenario{};
    Document disturbance{}; ///< what the scenario gets besides when the deployment begins
    Document document{};    ///< that `spec` was resolved from
    DeploymentSpec spec{};
    DeploymentId deployment{};
    Person person = Person::approves;
    bool posts = false;         ///< the person decides through the inbox
    bool detaches = false;      ///< no process waits at gates
    bool names_no_gate = false; ///< the person approves whichever gate is open
    std::optional<Milliseconds> abort_after{};
    std::string new_name{};      ///< what the new group has to be called
    std::string previous_name{}; ///< of the group that serves; empty where there is none
    /// A deployment of the line that is run to its end before anything is disturbed.
    std::optional<DeploymentSpec> predecessor{};

    /// From this batch with records on so many are answered with an error by the store; those that
    /// are kept all the same have only lost their answer.
    struct StoreFault {
        int from = 0;
        int count = 0;
        bool keeps = false;
    };
    std::optional<StoreFault> store_fault{};

    /// A route whose traffic a blue/green deployment moves, by ARN; the stage's is empty where
    /// weights move it.
    struct Route {
        std::string production{};
        std::string stage{};
    };
    std::vector<Route> routes{};
    bool is_behind = false; ///< the groups are behind load balancers that nobody changes

    bool has_faults = false;   ///< requests go wrong
    bool has_events = false;   ///< instances or policies do something at a certain time
    bool has_policies = false; ///< policies move targets, before the deployment looks too
    bool has_people = false;   ///< somebody, or a schedule, changes what the deployment relies on

    /// The new group's, once it serves.
    std::string name_in_the_end() const { return is_blue_green() ? "app" : new_name; }
    bool is_blue_green() const noexcept { return !routes.empty(); }
    bool has_traffic() const noexcept { return is_behind || is_blue_green(); }
    /// The end of a run does not depend on when it does what.
    bool is_steady() const noexcept { return !has_events && !has_people; }
    /// Nothing happens that the deployment does not do.
    bool is_calm() const noexcept { return is_steady() && !has_faults && !store_fault; }
};

class Draw;

/// More requests that go wrong, as Cloud::add() takes them.
Document more_faults(const Case& made, Draw& draw);

/// From this seed on deployments are behind load balancers.
constexpr std::uint64_t first_traffic_seed = 1'000'000'000'000;

/// Ends the program where it makes a document that is none: that is a mistake of ours.
Case generate(std::uint64_t seed);

} // namespace elastiroll::laws
