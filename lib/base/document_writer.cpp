#include <elastiroll/base/document.hpp>

#include "base/quote.hpp"

#include <algorithm>
#include <cstddef>

namespace elastiroll {
namespace {

enum class Layout : std::uint8_t { compact, canonical, pretty };

class Writer {
public:
    Writer(Layout layout, std::size_t length) : layout_(layout) { out_.reserve(length); }

    void write(const Document& document) {
        using Kind = Document::Kind;
        switch (document.kind()) {
        case Kind::null: out_ += "null"; return;
        case Kind::boolean: out_ += *document.as_boolean() ? "true" : "false"; return;
        case Kind::number: out_ += *document.as_number_text(); return;
        case Kind::string: append_json_string(out_, *document.as_string()); return;
        case Kind::array: write_array(*document.as_array()); return;
        case Kind::object: write_object(*document.as_object()); return;
        }
    }

    std::string take() && { return std::move(out_); }

private:
    void write_array(const Document::Array& items) {
        open('[');
        for (const Document& item : items) {
            next_line(&item == items.data());
            write(item);
        }
        close(']', items.empty());
    }

    void write_object(const Document::Object& members) {
        open('{');
        if (layout_ == Layout::canonical) {
            write_sorted(members);
        } else {
            for (const Document::Member& member : members)
                write_member(member, &member == members.data());
        }
        close('}', members.empty());
    }

    void write_sorted(const Document::Object& members) {
        std::vector<const Document::Member*> sorted;
        sorted.reserve(members.size());
        for (const Document::Member& member : members)
            sorted.push_back(&member);
        // std::string compares as unsigned bytes, whatever the platform's char is. Keys are given
        // twice only by hand; then their order stays.
        std::ranges::sort(sorted, [](const auto* a, const auto* b) {
            const int order = a->key.compare(b->key);
            return order != 0 ? order < 0 : a < b;
        });
        for (const Document::Member* member : sorted)
            write_member(*member, member == sorted.front());
    }

    void write_member(const Document::Member& member, bool is_first) {
        next_line(is_first);
        append_json_string(out_, member.key);
        out_ += ':';
        if (layout_ == Layout::pretty)
            out_ += ' ';
        write(member.value);
    }

    void open(char bracket) {
        out_ += bracket;
        ++depth_;
    }

    void next_line(bool is_first) {
        if (!is_first)
            out_ += ',';
        indent();
    }

    void close(char bracket, bool is_empty) {
        --depth_;
        if (!is_empty)
            indent();
        out_ += bracket;
    }

    void indent() {
        if (layout_ != Layout::pretty)
            return;
        out_ += '\n';
        out_.append(2 * depth_, ' ');
    }

    std::string out_{};
    std::size_t depth_ = 0;
    Layout layout_;
};

/// The length of the compact text if nothing needs an escape. Looking ahead costs less than growing
/// a long text step by step.
std::size_t usual_length(const Document& document) noexcept {
    std::size_t length = 5; // `false`
    if (const auto text = document.as_string()) {
        length = text->size() + 2;
    } else if (const auto digits = document.as_number_text()) {
        length = digits->size();
    } else if (const Document::Array* items = document.as_array()) {
        length = items->size() + 2;
        for (const Document& item : *items)
            length += usual_length(item);
    } else if (const Document::Object* members = document.as_object()) {
        length = members->size() + 2;
        for (const Document::Member& member : *members)
            length += member.key.size() + 3 + usual_length(member.value);
    }
    return length;
}

std::string write(const Document& document, Layout layout) {
    Writer writer(layout, usual_length(document));
    writer.write(document);
    return std::move(writer).take();
}

} // namespace

std::string to_text(const Document& document) { return write(document, Layout::compact); }
std::string to_pretty_text(const Document& document) { return write(document, Layout::pretty); }
std::string canonical_text(const Document& document) { return write(document, Layout::canonical); }

} // namespace elastiroll
