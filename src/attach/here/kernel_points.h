// The attach points in the kernel's own code: functions, hooks, iterators, tracepoints.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "attach/here/btf_names.h"
#include "attach/here/points_here.h"
#include "kernel/tracefs.h"

namespace sonda {

/// What is read of the kernel is kept as long as this lives.
class KernelPoints {
 public:
  /// The points of a kind of the kernel that match, as PointsHere::find() says; none of any other kind.
  std::vector<PointHere> find(std::string_view kind, const std::string& pattern, bool with_prototypes);

 private:
  void tracepoints(const std::string& pattern);
  void raw_tracepoints(std::string_view kind, const std::string& pattern);
  void kprobes(const std::string& pattern, bool on_return);
  void functions_with_types(const std::string& pattern, bool on_return);
  void replaceable_functions(const std::string& pattern);
  void hooks(const std::string& pattern);
  void iterators(const std::string& pattern);

  template <class Describe>
  void add(std::string name, const AttachPoint& point, Describe describe);

  const TypesHere& types();
  const Tracefs& tracefs();
  const std::vector<BtfName>& functions();
  const BtfName* function(std::string_view name);
  bool is_traceable(const std::string& name);

  std::unique_ptr<TypesHere> types_;
  std::unique_ptr<Tracefs> tracefs_;
  std::vector<BtfName> functions_;
  std::optional<std::unordered_set<std::string>> traceable_;
  std::vector<PointHere> found_;
  bool with_prototypes_ = false;
};

}  // namespace sonda
