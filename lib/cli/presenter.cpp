#include "cli/presenter.hpp"

#include "cli/live_view.hpp"
#include "cli/screen.hpp"
#include "cli/style.hpp"

#include <elastiroll/base/document.hpp>

#include <algorithm>
#include <ostream>
#include <utility>
#include <variant>
#include <vector>

namespace elastiroll::cli {

namespace {

// Twenty frames a second look continuous; a simulation makes thousands of events in that time.
constexpr Milliseconds frame_min{50};
constexpr int plain_columns = 100;
constexpr int plan_columns_min = 40; // below it, a table is no table

void print_plan(const Io& io, const DeploymentPlan& plan) {
    const Style style = style_for(io, io.out_is_terminal);
    *io.out << printable_lines(to_text(plan, plan_width(io)), style) << '\n' << std::flush;
}

class JsonPresenter final : public Presenter {
public:
    explicit JsonPresenter(const Io& io) : io_(&io) {}

    void show_plan(const DeploymentPlan&) override {} // it is an event
    void on_event(const Event& event) override {
        *io_->out << to_text(encode(event)) << '\n' << std::flush;
    }
    void tick(TimePoint) override {}
    void say(const std::string& text) override { *io_->err << text << '\n' << std::flush; }
    void settle() override {}

private:
    const Io* io_;
};

class PlainPresenter final : public Presenter {
public:
    PlainPresenter(const Io& io, Approval approval)
        : io_(&io), lines_(approval, {.colour = false, .utf8 = style_for(io, false).utf8}) {}

    void show_plan(const DeploymentPlan& plan) override { print_plan(*io_, plan); }
    void on_event(const Event& event) override {
        for (const std::string& line : lines_.lines(event))
            *io_->out << line << '\n';
        io_->out->flush();
    }
    void tick(TimePoint) override {}
    void say(const std::string& text) override { *io_->out << text << '\n' << std::flush; }
    void settle() override {}

private:
    const Io* io_;
    EventLines lines_;
};

// Lines of what has happened scroll by above a block with the state of things.
class LivePresenter final : public Presenter {
public:
    LivePresenter(const Io& io, Approval approval)
        : io_(&io), style_(style_for(io, true)), lines_(approval, style_), screen_(*io.out) {}

    void show_plan(const DeploymentPlan& plan) override {
        settle();
        print_plan(*io_, plan);
    }
    void on_event(const Event& event) override {
        apply(state_, event);
        is_changed_ = true;
        // Looks are what the block shows.
        if (!std::holds_alternative<ProgressEvent>(event.body))
            for (std::string& line : lines_.lines(event))
                above_.push_back(std::move(line));
        draw_if_due();
    }
    void tick(TimePoint now) override {
        is_changed_ = is_changed_ || (state_.began && now > state_.now);
        state_.now = std::max(state_.now, now);
        draw_if_due();
    }
    void say(const std::string& text) override {
        above_.push_back(text);
        draw();
    }
    void settle() override {
        if (is_changed_)
            draw();
        screen_.keep();
    }

private:
    void draw_if_due() {
        const Milliseconds now = io_->real_time();
        if (is_changed_ && state_.plan && now - drawn_at_ >= frame_min)
            draw();
    }
    void draw() {
        Size size = io_->size();
        --size.rows; // for the empty line that parts the block from what scrolls by
        std::vector<std::string> frame = render(state_, size, style_);
        frame.insert(frame.begin(), "");
        screen_.draw(above_, frame, size.columns);
        above_.clear();
        is_changed_ = false;
        drawn_at_ = io_->real_time();
    }

    const Io* io_;
    Style style_;
    EventLines lines_;
    Screen screen_;
    LiveState state_{};
    std::vector<std::string> above_{};
    bool is_changed_ = false;
    Milliseconds drawn_at_{};
};

} // namespace

std::unique_ptr<Presenter> make_presenter(const Io& io, Output output, Approval approval) {
    if (output == Output::json)
        return std::make_unique<JsonPresenter>(io);
    if (output == Output::text && io.out_is_terminal && !is_dumb_terminal(io))
        return std::make_unique<LivePresenter>(io, approval);
    return std::make_unique<PlainPresenter>(io, approval);
}

int plan_width(const Io& io) {
    return io.out_is_terminal ? std::max(plan_columns_min, io.size().columns) : plain_columns;
}

} // namespace elastiroll::cli
