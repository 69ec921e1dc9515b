#pragma once

#include "draw.hpp"
#include "generator.hpp"

#include <elastiroll/base/document.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace elastiroll::laws {

/// The document `text`; ends the program where it is none.
Document json(const std::string& text);
/// A request that goes wrong, `call` one of Spot's or AWS's; `may_be_late`: done when nobody
/// expects it any more.
Document fault_of(Draw& draw, const std::string& call, bool may_be_late);

/// Makes a case part by part. What is drawn in one part others may rely on: the order counts.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : draw_(seed) { made_.seed = seed; }
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;
    virtual ~Generator() = default;

    Case make();

protected:
    static std::string revision_name(int revision);

    // The line.

    virtual void make_groups();
    Document& add_named(const std::string& name, const std::string& capacity,
                        const std::vector<std::string_view>& automation);
    Document& add_group(int revision, const std::string& capacity,
                        const std::vector<std::string_view>& automation);
    std::vector<std::string_view> automation();
    std::string capacity_of(int target);
    void add_previous(int revision);
    void add_older(int revision);

    // What goes wrong.

    /// The ordinal of the first instance of the new group that does not come up as it should.
    virtual int first_to_fail();
    void make_instances();
    void make_faults();
    void make_events();
    std::string event(const std::string& group);
    /// Something that a person does to `group`, `@` for its name.
    virtual std::string person_action();
    virtual Document one_fault();
    void make_person_event();
    void make_person();
    void make_more();

    // The spec.

    void make_specs();
    Document document_for(std::string_view image, Document workflow);
    /// A deployment of the line before, of the workflow as it is.
    virtual void make_earlier(Document& workflow);
    /// What the group template gets besides.
    virtual void finish_template(Document& group);
    virtual void finish_spec(DeploymentSpec& spec);
    virtual Document workflow();
    void set_instances(Document& workflow);
    Document phases();
    void gates(Document& phase);
    Document timing();
    Draw draw_;
    Case made_;
    bool is_weighted_ = false;
    bool fails_ = false; ///< an instance that the deployment needs never gets healthy
    bool has_predecessor_ = false;
    bool keeps_less_ = false; ///< a phase says what stays of the previous group
    int target_ = 0;          ///< of the previous group
    int requested_ = 0;
    Document::Array groups_;
    Document::Array instances_;
    Document::Array faults_;
    Document::Array events_;
};

/// A deployment that load balancers have to do with, whatever its strategy.
Case generate_traffic(std::uint64_t seed);
/// A request of such a deployment that goes wrong.
Document traffic_fault(Draw& draw);

} // namespace elastiroll::laws
