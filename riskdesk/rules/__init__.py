"""The rules: one question a function, each answering with a refusal or with a figure that passes."""
