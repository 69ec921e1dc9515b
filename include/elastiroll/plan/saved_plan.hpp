#pragma once

#include <elastiroll/base/document.hpp>
#include <elastiroll/base/result.hpp>
#include <elastiroll/model/snapshot.hpp>
#include <elastiroll/plan/plan.hpp>
#include <elastiroll/spec/deployment_spec.hpp>

namespace elastiroll {

/// A plan that was kept to be carried out later, with what it was made for and rests on.
struct SavedPlan {
    DeploymentSpec spec{};
    Snapshot snapshot{};
    DeploymentPlan plan{};

    bool operator==(const SavedPlan&) const = default;
};

/// As plan_deployment(), for the image that `snapshot` found where it has one.
Result<SavedPlan> make_saved_plan(DeploymentSpec spec, Snapshot snapshot);

/// Version 1. User data is in it: it is to be kept as private as a journal.
Document encode(const SavedPlan& saved);
/// Fails with protocol, with the JSON path.
Result<SavedPlan> decode_saved_plan(const Document& document);

/// Whether the plan made from `now` is the one that was saved. Fails with drift where a value that
/// the plan rests on differs, naming both.
Result<void> check_saved_plan(const SavedPlan& saved, const Snapshot& now,
                              const DeploymentPlan& plan);

/// What differs between two observations of a line in what a plan rests on: which groups there are,
/// their names, minimum and maximum. Targets of groups that nobody holds may move. Empty where
/// nothing does.
std::string difference(const Snapshot& before, const Snapshot& now);

} // namespace elastiroll
