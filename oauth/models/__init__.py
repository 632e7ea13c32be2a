from oauth.models.app import App
from oauth.models.install import Install
from oauth.models.private_integration import PrivateIntegration
from oauth.models.token import AccessToken, Grant, IdToken, RefreshToken

__all__ = ["AccessToken", "App", "Grant", "IdToken", "Install", "PrivateIntegration", "RefreshToken"]
