"""The pages that the service shows in a browser: HTML, CSS and ES modules as they lie here, without a build step."""
