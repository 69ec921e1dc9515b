#include <elastiroll/base/document.hpp>

#include "base/quote.hpp"

#include <algorithm>
#include <cstddef>

namespace elastiroll {
namespace {

enum class Layout : std::uint8_t { compact, canonical, pretty };

class Writer {
public:
    explicit Writer(Layout layout) : layout_(layout) {}

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

std::string write(const Document& document, Layout layout) {
    Writer writer(layout);
    writer.write(document);
    return std::move(writer).take();
}

} // namespace

std::string to_text(const Document& document) { return write(document, Layout::compact); }
std::string to_pretty_text(const Document& document) { return write(document, Layout::pretty); }
std::string canonical_text(const Document& document) { return write(document, Layout::canonical); }

} // namespace elastiroll
