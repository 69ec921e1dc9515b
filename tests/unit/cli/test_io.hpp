#pragma once

#include "cli/io.hpp"

#include <elastiroll/engine/event.hpp>

#include <map>
#include <sstream>
#include <string>

namespace elastiroll::cli {

/// An Io without a process: texts for streams, a map for the environment, time that only sleeping
/// moves.
struct TestIo {
    std::istringstream in{};
    std::ostringstream out{};
    std::ostringstream err{};
    std::map<std::string, std::string> environment{
        {"LANG", "C.UTF-8"}, {"TERM", "xterm"}, {"AWS_EC2_METADATA_DISABLED", "true"}};
    Size size{};
    int interrupts = 0;
    Milliseconds time{0};
    Io io{};

    TestIo() {
        io.in = &in;
        io.out = &out;
        io.err = &err;
        io.actor = "tester@host";
        io.environment = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        };
        io.read_file = [](const std::string&) -> Result<std::string> {
            return fail(ErrorCategory::not_found, "there is no such file");
        };
        io.size = [this] { return size; };
        io.interrupts = [this] { return interrupts; };
        io.real_time = [this] { return time; };
        io.sleep = [this](Milliseconds duration) { time += duration; };
    }
    TestIo(const TestIo&) = delete;
    TestIo& operator=(const TestIo&) = delete;

    void be_terminal() { io.in_is_terminal = io.out_is_terminal = io.err_is_terminal = true; }
};

/// A canary of shop__web__production in its second phase, as events.
class Story {
public:
    static constexpr TimePoint start{Milliseconds{1'700'000'000'000}};

    static Event at(int seconds, EventBody body) {
        return {.at = start + std::chrono::seconds(seconds), .body = std::move(body)};
    }
    static Capacity capacity(int minimum, int target, int maximum) {
        return *Capacity::make({.minimum = minimum, .target = target, .maximum = maximum});
    }
    static DeploymentPlan plan() {
        DeploymentPlan plan;
        plan.line.prefix = *GroupPrefix::make("shop__web__production");
        plan.strategy = Strategy::canary;
        plan.new_name = "shop__web__production__7";
        plan.requested = capacity(2, 4, 8);
        plan.phases = 3;
        plan.previous = PlannedGroup{.id = GroupId("sig-6"),
                                     .name = "shop__web__production__6",
                                     .capacity = capacity(2, 4, 8),
                                     .healthy = 4};
        plan.steps = {
            {.id = "setup.create", .action = CreateGroupStep{}},
            {.id = "phase-1.scale-new",
             .action = ScaleGroupStep{.group = NewGroup{}, .to = Capacity::pinned(1)}},
            {.id = "phase-1.await-new",
             .action = AwaitSteadyStep{.group = NewGroup{}, .wanted = Capacity::pinned(1)}},
            {.id = "phase-1.scale-old",
             .action = ScaleGroupStep{.group = GroupId("sig-6"), .to = Capacity::pinned(3)}}};
        return plan;
    }
    static GroupProgress new_group(int target, int healthy, int present) {
        return {.name = "shop__web__production__7",
                .id = GroupId("sig-7"),
                .capacity = Capacity::pinned(target),
                .healthy = healthy,
                .present = present};
    }
    static GroupProgress previous(int target, int healthy, int present) {
        return {.name = "shop__web__production__6",
                .id = GroupId("sig-6"),
                .capacity = Capacity::pinned(target),
                .healthy = healthy,
                .present = present};
    }
    static ProgressEvent look() {
        return {.step = "phase-2.await-new",
                .phase = 2,
                .phases = 3,
                .wanted = 2,
                .new_group = new_group(2, 1, 2),
                .previous = previous(3, 3, 3),
                .elapsed = Milliseconds{38'000},
                .expected = Milliseconds{92'000},
                .left = Milliseconds{1'042'000}};
    }
};

} // namespace elastiroll::cli
