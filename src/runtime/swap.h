// One reload: everything that can fail first, then the exchange.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/generation.h"
#include "runtime/live.h"
#include "runtime/migrate.h"
#include "sonda/probe.h"

namespace sonda {

/// While it prepares, the probe is not touched; what it made is gone with it if something fails.
class Swap {
 public:
  /// All are borrowed but `edited`.
  Swap(Probe& probe, Edited edited, const ReloadOptions& options);
  /// Prepares, exchanges, and ends what is no longer used. Throws as Probe::reload() does.
  Reload run();

 private:
  /// A dispatcher that is to jump elsewhere.
  struct Step {
    Way* way;
    const Program* to;
  };
  /// A link without a dispatcher that is to have another program.
  struct Exchange {
    Link* link;
    const Program* to;
    std::string reason;
  };

  // Before the exchange.
  void make_maps();
  std::shared_ptr<Map> kept(const MapSpec& spec);
  void plan_points();
  std::vector<Wanted> wanted() const;
  void load_programs();
  void fill_manual_slots(const std::vector<Wanted>& attached);
  const Program& load(const std::string& function, const ProgramKind& kind);
  void prepare_links();
  void prepare_link(Link& link);
  void prepare_given_out();
  void add_step(Way& way, const Program& to);
  void attach_new(const AttachPoint& point, const std::string& function, bool planned);
  Link& attach_by(Way& way, const Program& program, const AttachPoint& point, bool planned);
  void open_buffers();
  void carry_variables();
  void migrate();

  // The exchange, and after it.
  void note_costs();
  void exchange();
  void exchange_directly();
  void detach_vanished() noexcept;
  void jump();
  void take_over();
  void settle();
  void replace_readers();
  bool must_wait() const;
  std::vector<std::string> gone() const;

  Probe& probe_;
  Live& live_;
  const ReloadOptions& options_;
  ProbeSource source_;
  Image image_;
  std::unique_ptr<LoadedImage> next_, before_;
  std::vector<Attachment> plan_;
  std::list<Way> new_ways_;
  std::list<Link> new_links_;
  std::map<const Link*, Live::Origin> new_origins_;
  std::list<Probe::Buffer> new_readers_;
  std::vector<Link*> vanished_;
  std::vector<Attachment> late_;  ///< points that are attached directly, as part of the exchange
  std::vector<Exchange> exchanges_;
  std::vector<Step> steps_;
  std::list<std::pair<std::size_t, Migration>> migrations_;      ///< index into Reload::renewed
  std::list<std::pair<std::size_t, CarriedVariables>> carried_;  ///< likewise
  Reload told_;
};

}  // namespace sonda
