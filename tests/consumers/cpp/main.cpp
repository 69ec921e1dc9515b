#include "deploy.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char** argv) {
    std::ifstream file(argc == 2 ? argv[1] : "");
    const std::string json(std::istreambuf_iterator<char>(file), {});
    const auto outcome = deploy(json);
    if (!outcome) {
        std::cerr << elastiroll::to_string(outcome.error()) << '\n';
        return 2;
    }
    std::cout << to_string(outcome->kind) << '\n';
    return exit_status(*outcome);
}
