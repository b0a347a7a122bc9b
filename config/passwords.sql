-- Passwords of the two roles, for psql in the official image; the embedded server takes no connection that would need one.
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
ALTER ROLE casedesk_owner PASSWORD :'owner_password';
ALTER ROLE casedesk_app PASSWORD :'app_password';
