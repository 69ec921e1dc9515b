#pragma once

#include <elastiroll/elastiroll.hpp>

#include <string_view>

/// Deploys a spec document into a cloud of its own.
elastiroll::Result<elastiroll::Outcome> deploy(std::string_view json);
