module elastiroll.test/peers

go 1.23

require (
	github.com/aws/aws-sdk-go-v2 v1.41.0
	github.com/spotinst/spotinst-sdk-go v1.372.0
)

require (
	github.com/aws/smithy-go v1.24.0 // indirect
	github.com/davecgh/go-spew v1.1.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	gopkg.in/ini.v1 v1.67.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
