#pragma once

#include "judge.hpp"

#include <elastiroll/adapters/sim.hpp>

#include <string>

namespace elastiroll::laws {

/// Law (h), its first half: no call of ours leaves a forward that serves without a healthy target.
Breaches judge_losses(const Course& course);
/// Its second half, after a rollback: every route is what it was, field for field.
Breaches judge_routes_restored(const Course& course);
/// The same after success, but for where production and stage lead.
Breaches judge_routes_done(const Course& course);

/// Where all routes lead, for people.
std::string routes_text(const sim::Cloud& cloud);

} // namespace elastiroll::laws
