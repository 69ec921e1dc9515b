#include "cli/doctor.hpp"

#include "cli/inputs.hpp"
#include "cli/state.hpp"
#include "cli/style.hpp"
#include "cli/world.hpp"

#include <elastiroll/base/text.hpp>
#include <elastiroll/runtime/doctor.hpp>
#include <elastiroll/runtime/journals.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <utility>

namespace elastiroll::cli {
namespace {

constexpr int status_good = 0;
constexpr int status_bad = 2;
/// Of subjects, so that findings stand in a column.
constexpr int subject_width = 20;
constexpr int text_width = 76;

Check bad(std::string subject, const Error& error) {
    return {.result = CheckResult::bad,
            .subject = std::move(subject),
            .finding = error.message,
            .remote = error.remote};
}

/// What the journal says about the line that is to be deployed to.
Check check_journal(const RunOptions& options, const std::optional<DeploymentSpec>& spec,
                    const Io& io) {
    Check check{.subject = "journal"};
    const auto state = State::find(options.state, io);
    if (!state)
        return bad(check.subject, state.error());
    if (!state->has_journal()) {
        check.finding = "there is none yet; the first deployment makes it";
        return check;
    }
    auto store = state->open_journal();
    if (!store)
        return bad(check.subject, store.error());
    if (!spec) {
        check.finding = "can be opened";
        return check;
    }
    constexpr std::size_t looked_at_max = 20;
    const auto deployments = list_deployments(**store, to_string(spec->line), looked_at_max);
    if (!deployments)
        return bad(check.subject, deployments.error());
    check.finding = "can be opened; nothing on this line is unfinished";
    const auto unfinished = history_of(*deployments).unfinished;
    if (unfinished) {
        check.result = CheckResult::bad;
        check.finding = fmt::format("deployment {} of this line is unfinished", unfinished->text());
        check.fix = fmt::format("elastiroll resume {}, or elastiroll rollback {}",
                                unfinished->text(), unfinished->text());
    }
    return check;
}

struct Mark {
    const char* word;
    Tone tone;
};

Mark mark_of(CheckResult result) {
    switch (result) {
    case CheckResult::good: return {"ok", Tone::good};
    case CheckResult::warning: return {"warning", Tone::waiting};
    case CheckResult::bad: return {"bad", Tone::bad};
    case CheckResult::not_checked: break;
    }
    return {"unknown", Tone::dim};
}

void show(const Check& check, const Style& style, std::ostream& out) {
    const Mark mark = mark_of(check.result);
    constexpr int mark_width = 8;
    const std::string indent(mark_width + 2, ' ');
    out << paint(pad_right(mark.word, mark_width), mark.tone, style) << "  "
        << paint(pad_right(printable(check.subject, style), subject_width), Tone::bold, style)
        << '\n';
    for (const std::string& line : wrap(printable(check.finding, style), text_width))
        out << indent << line << '\n';
    if (!check.fix.empty() && check.result != CheckResult::good)
        for (const std::string& line : wrap("-> " + printable(check.fix, style), text_width))
            out << indent << paint(line, Tone::dim, style) << '\n';
}

Document document_of(const Check& check) {
    Document document = Document::object({{"schema", 1}, {"event", "check"}});
    document.set("result", to_string(check.result));
    document.set("subject", check.subject);
    document.set("finding", check.finding);
    if (!check.fix.empty())
        document.set("fix", check.fix);
    if (check.remote)
        document.set("request_id", check.remote->request_id);
    return document;
}

} // namespace

Result<int> run_doctor(const RunOptions& options, Io& io) {
    DoctorRequest request;
    if (!options.spec.empty()) {
        auto spec = read_spec(options, io);
        if (!spec)
            return Unexpected(std::move(spec).error());
        request.spec = *std::move(spec);
    }
    std::vector<Check> checks;
    const auto world = make_examined_world(io, request.spec);
    if (world->without_token)
        checks.push_back(bad("Spot", *world->without_token));
    std::ranges::move(examine(request, world->ports(nullptr)), std::back_inserter(checks));
    checks.push_back(check_journal(options, request.spec, io));

    const Style style = style_for(io, io.out_is_terminal);
    for (const Check& check : checks) {
        if (options.output == Output::json)
            *io.out << to_text(document_of(check)) << '\n';
        else
            show(check, style, *io.out);
    }
    io.out->flush();
    const bool is_bad = std::ranges::any_of(
        checks, [](const Check& check) { return check.result == CheckResult::bad; });
    return is_bad ? status_bad : status_good;
}

} // namespace elastiroll::cli
