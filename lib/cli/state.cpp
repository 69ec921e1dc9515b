#include "cli/state.hpp"

#include <elastiroll/adapters/store.hpp>
#include <elastiroll/base/text.hpp>
#include <elastiroll/runtime/journals.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace elastiroll::cli {
namespace {

/// More are not looked at: who has so many asks for one by its id.
constexpr std::size_t listed_max = 1'000;
/// A shorter part of an id is no name for it.
constexpr std::size_t part_min = 4;

Result<std::string> state_folder(const Io& io) {
    if (const auto folder = io.environment("XDG_STATE_HOME"); folder && !folder->empty())
        return *folder + "/elastiroll";
    if (const auto home = io.environment("HOME"); home && !home->empty())
        return *home + "/.local/state/elastiroll";
    return fail(ErrorCategory::invalid_argument,
                "there is no place for the journal: neither XDG_STATE_HOME nor HOME is set; name a "
                "file with --state sqlite:PATH");
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

} // namespace

Result<State> State::find(const std::string& url, const Io& io) {
    State state;
    constexpr std::string_view sqlite = "sqlite:";
    if (url == "memory:")
        return state;
    if (url.starts_with(sqlite) && url.size() > sqlite.size()) {
        state.journal_ = url.substr(sqlite.size());
        const auto folder = std::filesystem::path(state.journal_).parent_path();
        state.simulated_ = ((folder.empty() ? "." : folder) / "simulated").string();
        return state;
    }
    if (!url.empty())
        return fail(ErrorCategory::invalid_argument,
                    fmt::format("--state is sqlite:PATH or memory:, not `{}`", url));
    auto folder = state_folder(io);
    if (!folder)
        return Unexpected(std::move(folder).error());
    state.journal_ = *folder + "/journal.sqlite";
    state.simulated_ = *folder + "/simulated";
    return state;
}

bool State::has_journal() const { return !is_memory() && exists(journal_); }

Result<std::unique_ptr<Store>> State::open_journal() const {
    if (is_memory())
        return store::make_memory_store();
    return store::make_sqlite_store({.path = journal_});
}

std::string State::simulated_folder(const DeploymentId& deployment) const {
    return simulated_ + '/' + deployment.text();
}

Result<bool> State::make_simulated_folder(const DeploymentId& deployment) const {
    const std::string folder = simulated_folder(deployment);
    std::error_code error;
    std::filesystem::create_directories(simulated_, error);
    const bool is_new = !error && mkdir(folder.c_str(), S_IRWXU) == 0;
    if (!is_new && !exists(folder))
        return fail(ErrorCategory::unavailable,
                    fmt::format("cannot make the folder {} for the simulated deployment; make it "
                                "possible, or simulate with --state memory:",
                                folder));
    return is_new;
}

Result<std::unique_ptr<Store>> State::open_journal_in(const std::string& folder) {
    return store::make_sqlite_store({.path = folder + "/journal.sqlite"});
}

Result<std::unique_ptr<Store>> State::open_store(const Known& known) const {
    return known.is_simulated() ? open_journal_in(known.folder) : open_journal();
}

Result<std::vector<State::Known>> State::list() const {
    std::vector<Known> all;
    const auto add = [&all](Result<std::unique_ptr<Store>> store,
                            const std::string& folder) -> Result<void> {
        if (!store)
            return Unexpected(std::move(store).error());
        auto summaries = list_deployments(**store, {}, listed_max);
        if (!summaries)
            return Unexpected(std::move(summaries).error());
        for (DeploymentSummary& summary : *summaries)
            all.push_back({std::move(summary), folder});
        return {};
    };
    if (has_journal())
        if (auto added = add(open_journal(), {}); !added)
            return Unexpected(std::move(added).error());
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(simulated_, ignored)) {
        const std::string folder = entry.path().string();
        if (!exists(folder + "/journal.sqlite"))
            continue;
        if (auto added = add(open_journal_in(folder), folder); !added)
            return Unexpected(std::move(added).error());
    }
    std::ranges::sort(all, std::ranges::greater(),
                      [](const Known& one) { return one.summary.deployment; });
    return all;
}

Result<State::Known> State::find_deployment(const std::string& text) const {
    auto all = list();
    if (!all)
        return Unexpected(std::move(all).error());
    std::vector<Known*> fitting;
    for (Known& one : *all) {
        const std::string& id = one.summary.deployment.text();
        if (id == text)
            return std::move(one);
        if (text.size() >= part_min && (id.starts_with(text) || id.ends_with(text)))
            fitting.push_back(&one);
    }
    if (fitting.size() == 1)
        return std::move(*fitting.front());
    if (fitting.empty())
        return fail(ErrorCategory::not_found,
                    fmt::format("there is no deployment {}; 'elastiroll history' lists those that "
                                "are known (four or more characters of the beginning or the end "
                                "of an id are enough)",
                                text));
    std::vector<std::string> ids;
    ids.reserve(fitting.size());
    for (const Known* one : fitting)
        ids.push_back(one->summary.deployment.text());
    return fail(ErrorCategory::invalid_argument,
                fmt::format("{} may be any of {}; name more of it", text, join(ids, ", ")));
}

void State::forget_simulated(std::size_t kept) const {
    const auto all = list();
    if (!all)
        return;
    std::size_t seen = 0;
    for (const Known& one : *all) {
        if (!one.is_simulated() || ++seen <= kept || one.summary.is_unfinished())
            continue;
        std::error_code ignored;
        std::filesystem::remove_all(one.folder, ignored);
    }
}

} // namespace elastiroll::cli
