#pragma once

#include "environment.hpp"

#include <elastiroll/base/document.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <sstream>
#include <utility>

namespace elastiroll {

/// How RapidCheck shows a counterexample.
void showValue(const Document& document, std::ostream& out);

} // namespace elastiroll

/// Any document: all kinds, odd numbers, any Unicode, nested as far as the size allows.
template <> struct rc::Arbitrary<elastiroll::Document> {
    static Gen<elastiroll::Document> arbitrary();
};

namespace elastiroll::test {

/// Well-formed UTF-8 of any characters, NUL and line feeds included.
rc::Gen<std::string> unicode_text();

/// A JSON number in any of its forms.
rc::Gen<std::string> number_text();

/// Checks inside a test case that `law` holds for `count` generated arguments (scaled by
/// ELASTIROLL_TEST_SCALE). RC_ASSERT in `law` tells that it does not. The smallest counterexample
/// found is the failure's message.
template <class Law> void check_law(int count, Law&& law) {
    rc::detail::TestParams params;
    params.seed = seed();
    params.maxSuccess = scaled(count);
    // A listener of our own, since the default one prints a seed that is not in use.
    rc::detail::TestListenerAdapter listener;
    const rc::detail::TestResult result = rc::detail::checkProperty(
        rc::detail::toProperty(std::forward<Law>(law)), {}, params, listener, {});
    std::ostringstream message;
    rc::detail::printResultMessage(result, message);
    const bool is_lawful = result.template is<rc::detail::SuccessResult>();
    CHECK_MESSAGE(is_lawful, message.str());
}

} // namespace elastiroll::test
