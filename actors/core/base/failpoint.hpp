// Named failpoints and planted bugs, for tests; absent from release builds.
#pragma once

#include <string_view>

// FAILPOINTS="name=[P%][N@][K*]action[(arg)];…" arms them at start: P percent
// of the hits, from the Nth hit only, at most K times. Actions: kill (SIGKILL
// to this process), throw, err(errno), delay(ms), abort, exit(code), count.
// A rule that cannot be read ends the process (SIGABRT).
// FAILPOINTS_REPORT=FILE appends "name hits fired" lines at exit and before a
// kill; FAILPOINTS_SEED seeds the percentages.
//
// SLUICE_MUTANT=name[,name…] plants bugs that a named test must catch.

#if defined(SLUICE_FAILPOINTS)

namespace sluice::fault {

/// Counts a hit of `name` and acts when it is armed. Returns the errno to
/// pretend, or 0 to go on. Safe from any thread.
int hit(const char* name);

/// True when the planted bug `name` is switched on.
[[nodiscard]] bool planted(std::string_view name);

/// Arms `rules` (same syntax as FAILPOINTS) instead of what is armed now.
void arm(std::string_view rules);

/// Switches planted bugs by a comma-separated list; for tests in one process.
void plant(std::string_view names);

} // namespace sluice::fault

#define SLUICE_FAILPOINT(name) (::sluice::fault::hit(name))
#define SLUICE_PLANTED(name) (::sluice::fault::planted(name))
#else
#define SLUICE_FAILPOINT(name) (0)
#define SLUICE_PLANTED(name) (false)
#endif
