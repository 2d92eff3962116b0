// Catch2 for every test, in whichever version is there: 2 (Debian 12) or 3. What the two name differently has one name
// here; CATCH_VERSION_MAJOR tells them apart where that is not enough.
#pragma once

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_version_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace sonda::test {

#if CATCH_VERSION_MAJOR < 3
using Catch::Detail::Approx;
#else
using Catch::Approx;
#endif
using Catch::Matchers::Matches;
using Catch::Matchers::StartsWith;

/// Matches a text with `part` somewhere in it.
inline auto Contains(const std::string& part) {
#if CATCH_VERSION_MAJOR < 3
  return Catch::Matchers::Contains(part);
#else
  return Catch::Matchers::ContainsSubstring(part);
#endif
}

}  // namespace sonda::test
