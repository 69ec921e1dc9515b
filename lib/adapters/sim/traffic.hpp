#pragma once

#include "adapters/sim/group.hpp"
#include "adapters/sim/scenario.hpp"

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/time.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::sim {

/// An instance in a target group, or in a Classic load balancer.
struct Target {
    std::string instance{};
    std::string_view state{};
    std::string_view reason{};
    std::string_view description{};
};

/// The load balancers of the account: where their listeners and rules send traffic. A value; what
/// is behind the target groups follows from the groups of the moment.
class Traffic {
public:
    using Groups = std::vector<Group>;

    explicit Traffic(std::shared_ptr<const Scenario> scenario);

    const std::vector<SimulatedLoadBalancer>& load_balancers() const noexcept {
        return scenario_->load_balancers;
    }
    const SimulatedTargetGroup* find_target_group(std::string_view arn) const noexcept;

    /// The actions of a listener by default, or of a rule, as they are now; null where there is
    /// none of that ARN.
    const Document* actions_of(std::string_view arn) const noexcept;
    void set_actions(std::string_view arn, const Document& actions, TimePoint now);

    /// Whether a rule refers to the target group, whatever the weight: else its targets are unused.
    bool is_in_use(std::string_view target_group) const;
    std::vector<Target> targets(const SimulatedTargetGroup& target_group, const Groups& groups,
                                TimePoint now) const;
    /// Of a Classic load balancer, by name.
    static std::vector<Target> classic_targets(std::string_view name, const Groups& groups,
                                               TimePoint now);

    /// A forward of weight above 0.
    struct Serving {
        std::string route{}; ///< ARN of its listener or rule
        std::string target_group{};
        int healthy = 0; ///< targets
    };
    std::vector<Serving> serving(const Groups& groups, TimePoint now) const;

    struct Route {
        std::string arn{};
        std::shared_ptr<const Document> actions{}; ///< shared: copies of a cloud rarely differ
    };
    const std::vector<Route>& routes() const noexcept { return routes_; }

private:
    // A shared_ptr because copies of a cloud share what they never change.
    std::shared_ptr<const Scenario> scenario_;
    std::vector<Route> routes_{};
    /// When a target group came into use again: its targets are checked anew from then on.
    std::map<std::string, TimePoint, std::less<>> used_since_{};
};

/// A list of actions as the API shows it: a single target group in both forms, stickiness and order
/// written out, secrets left out.
Document shown_actions(const Document& actions);

} // namespace elastiroll::sim
