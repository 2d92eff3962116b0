// What the doctor looks at, and all there is of it: one check is one line of its report. Checks are values; they print
// nothing.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/privilege.h"

namespace sonda::cli::doctor {

enum class Status {
  ok,
  limited,  ///< it works, but not wholly, or not for everything
  missing,  ///< this kernel, this machine or this user does not have it
  broken,   ///< it is there and does not work: something is wrong
  unknown   ///< it was not tried, because a privilege for the trying is missing
};
/// "ok", "limited", ...
std::string_view to_string(Status status) noexcept;

/// What a check came to.
struct Finding {
  Status status = Status::ok;
  std::string found;                 ///< what there is, or why not: one clause
  std::string remedy;                ///< what to do about it; empty only if all is well
  std::vector<std::string> details;  ///< lines for those who want more (-v); may be empty
  std::chrono::microseconds took{0};
};

Finding ok(std::string found = {});
Finding limited(std::string found, std::string remedy);
Finding missing(std::string found, std::string remedy);
Finding broken(std::string found, std::string remedy);
Finding unknown(std::string found, std::string remedy);

/// What must be there for a check to be tried at all; where it is not, the finding is `unknown`.
enum class Wants {
  nothing,
  bpf,         ///< CAP_BPF and CAP_PERFMON, and the machine's first user namespace
  own_network  ///< the same, CAP_NET_ADMIN, and CAP_SYS_ADMIN for a network namespace where nobody is disturbed
};

struct Check {
  std::string id;       ///< stable: scripts ask for it
  std::string section;  ///< likewise
  std::string proves;   ///< what an `ok` means, one clause
  std::function<Finding()> run;
  Wants wants = Wants::nothing;
  bool needed = false;  ///< the two tools cannot do without it
  bool brief = false;   ///< an `ok` says nothing but that: such checks stand on one line together
  std::chrono::seconds limit{20};
};

/// Runs the check in a process of its own and gives its finding: `broken` if that crashed, or did not answer within the
/// check's limit and was ended. What it attached or made is gone with it. Only for a process with one thread. Throws
/// Error with Exit::interrupted if a signal asks us to stop meanwhile.
Finding run_confined(const Check& check);

/// Whether this process has the capability, and it counts for the machine rather than for a user namespace.
bool counts(Capability capability);
/// How to get a privilege that is missing here.
std::string as_root();

struct Section {
  std::string_view name, title;
};
/// In the order of the report.
const std::vector<Section>& sections();

// Section by section.
std::vector<Check> kernel_checks();
std::vector<Check> setting_checks();
std::vector<Check> privilege_checks();
std::vector<Check> attach_checks();
std::vector<Check> map_checks();
std::vector<Check> network_checks();
std::vector<Check> compiler_checks();
std::vector<Check> user_checks();
/// One for each probe that comes with Sonda and, if wanted, for each example.
std::vector<Check> probe_checks(bool with_examples);

/// All of them, in the order of the report.
std::vector<Check> all_checks(bool with_examples);

/// Those of `checks` whose id or section is in `wanted`; all if it is empty. What was asked for by name counts as
/// needed. Throws Error(Stage::usage) for a name that is neither.
std::vector<Check> chosen(std::vector<Check> checks, const std::vector<std::string>& wanted);

}  // namespace sonda::cli::doctor
