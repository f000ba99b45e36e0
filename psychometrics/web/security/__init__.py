"""What stands between the network and the pages: headers, limits, sessions, forged requests, quiet logs."""

from psychometrics.web.security.content_policy import content_policy, policy_for_page
from psychometrics.web.security.guard import Guard
from psychometrics.web.security.limits import Limits
from psychometrics.web.security.sessions import COOKIE, Session

__all__ = ["COOKIE", "Guard", "Limits", "Session", "content_policy", "policy_for_page"]
