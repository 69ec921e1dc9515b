#pragma once

#include "adapters/sim/reader.hpp"
#include "adapters/sim/scenario.hpp"

#include <elastiroll/base/document.hpp>

namespace elastiroll::sim {

/// Reads `load_balancers`, with their listeners, rules and target groups, and
/// `classic_load_balancers` of the object behind `reader`.
void read_load_balancers(ObjectReader& reader, Scenario& scenario);

/// The document with every number and truth value as the text that AWS's XML has for it.
Document as_texts(const Document& document);

} // namespace elastiroll::sim
