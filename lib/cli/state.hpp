#pragma once

#include "cli/io.hpp"

#include <elastiroll/base/result.hpp>
#include <elastiroll/plan/summary.hpp>
#include <elastiroll/ports/store.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace elastiroll::cli {

/// Where the command keeps what it knows: the journal of real deployments, and a folder for each
/// simulated one with its own journal and its cloud.
class State {
public:
    /// `url` is `sqlite:PATH` or `memory:`; empty: sqlite in $XDG_STATE_HOME/elastiroll, by default
    /// ~/.local/state/elastiroll. Nothing is opened yet.
    /// Fails with invalid_argument for another URL, or without a home.
    static Result<State> find(const std::string& url, const Io& io);

    bool is_memory() const noexcept { return journal_.empty(); }
    /// Whether the journal of real deployments is there already.
    bool has_journal() const;
    /// The journal of real deployments; it is made where it is missing. In memory: a new one.
    Result<std::unique_ptr<Store>> open_journal() const;

    /// The folder of a simulated deployment, which need not exist.
    std::string simulated_folder(const DeploymentId& deployment) const;
    /// Makes that folder; false where it is there already.
    Result<bool> make_simulated_folder(const DeploymentId& deployment) const;
    static std::string cloud_in(const std::string& folder) { return folder + "/cloud.ndjson"; }
    static Result<std::unique_ptr<Store>> open_journal_in(const std::string& folder);

    /// A deployment, and the store that has its journal.
    struct Known {
        DeploymentSummary summary{};
        std::string folder{}; ///< of a simulated one; empty: a real one
        bool is_simulated() const noexcept { return !folder.empty(); }
    };
    /// Every deployment that is known, newest first.
    Result<std::vector<Known>> list() const;
    /// The one whose id begins or ends with `text`. Fails with not_found, or invalid_argument where
    /// there are several, naming them.
    Result<Known> find_deployment(const std::string& text) const;
    Result<std::unique_ptr<Store>> open_store(const Known& known) const;

    /// Removes the oldest simulated deployments that have ended, so that at most `kept` are left.
    void forget_simulated(std::size_t kept) const;

private:
    std::string journal_; ///< path; empty: in memory
    std::string simulated_;
};

} // namespace elastiroll::cli
