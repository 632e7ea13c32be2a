"""Single sign-on (SAML 2.0): a company's people sign in through its own identity provider."""
