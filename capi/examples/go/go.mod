module example.invalid/deploy

go 1.19
